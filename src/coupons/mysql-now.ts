// MySQL's clock, for what is decided of a coupon that is not in Redis yet.
import type { Statements } from '../store/database.ts';

/** Milliseconds since 1970. */
export async function mysqlNow(database: Pick<Statements, 'query'>): Promise<number> {
  const [row] = await database.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  return (row as { now: Date }).now.getTime();
}
