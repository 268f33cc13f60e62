// Keeps the persister's inserts of one coupon before their commit, for as long as the test wants: with a lock on the
// coupon's row, for which the last statement of each insert waits.
import mysql from 'mysql2/promise';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

export interface HeldInsert {
  /** Resolves when an insert stands before its commit: its entries are in the persister's hand. */
  reached(): Promise<void>;
  release(): Promise<void>;
}

/** The lock outlasts none of MySQL's lock waits (3 s): an insert that waits longer begins again. */
export async function holdInserts(t: Scope, mysqlUrl: string, couponId: number): Promise<HeldInsert> {
  const connection = await mysql.createConnection(mysqlUrl);
  // A test may kill this server.
  connection.on('error', () => {});
  t.after(async () => connection.destroy());
  await connection.query('START TRANSACTION');
  await connection.query('SELECT id FROM coupon WHERE id = ? FOR UPDATE', [couponId]);
  return {
    async reached() {
      await waitFor('an insert stands before its commit', async () => {
        const [waiting] = await connection.query(
          "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'UPDATE coupon SET stock=%'",
        );
        return (waiting as unknown[]).length > 0;
      });
    },
    async release() {
      await connection.query('ROLLBACK');
    },
  };
}
