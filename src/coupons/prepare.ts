// What the stores need before the first process uses them: the schema, and on an empty database the demo coupon.
import type { Logger } from '../log.ts';
import { connectForCommands } from '../redis/connections.ts';
import { openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { ensureDemoCoupon } from './demo.ts';

/** @throws a sentence for the operator, if Redis or MySQL can't be reached */
export async function prepareStores(stores: { redisUrl: string; mysqlUrl: string }, log: Logger): Promise<void> {
  await migrate(stores.mysqlUrl, log);
  const database = openDatabase(stores.mysqlUrl, { connections: 1, timeoutMs: 10_000 });
  const redis = connectForCommands(stores.redisUrl, 'primary', 10_000);
  try {
    await ensureDemoCoupon({ redis, database, log });
  } finally {
    redis.disconnect();
    await database.close();
  }
}
