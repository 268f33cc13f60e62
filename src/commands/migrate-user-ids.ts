// couponrush migrate --user-ids text: a database whose user ids are numbers becomes one of texts, with no server on it.
// Promise: refused means that nothing was changed. From the first change to the last one the database says `to-text`,
// with which nothing starts; a crash in between is ended by the same command. Redis has ids as texts of digits already:
// only pseudonyms get another spelling there.
import { spawnSync } from 'node:child_process';
import type { Redis } from 'ioredis';
import type { Config } from '../config.ts';
import { replaceUser } from '../coupons/sync.ts';
import { requireOwnRedis } from '../gate/ownership.ts';
import { createLogger } from '../log.ts';
import { checkRedis } from '../redis/check.ts';
import { connectForCommands } from '../redis/connections.ts';
import { checkMysql } from '../store/check.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { listAllIds, listLoaded } from '../store/tables/coupons.ts';
import { listPseudonymNumbers } from '../store/tables/erased-users.ts';
import { openUserIdType, type UserIdTypeOfDatabase } from '../store/user-id-type.ts';
import type { ReadStores } from '../stores.ts';
import { pseudonymOf, userIdType } from '../user-id.ts';
import { verifyCoupon } from '../verify/verify.ts';
import { CommandFailure, EXIT_FAILED, EXIT_OK } from './action.ts';
import { print, printJson, printProgress } from './output.ts';
import { storeUrls } from './stores.ts';

const TIMEOUT_MS = 60_000;
const CONNECTIONS = 2;
const GAPS_SHOWN = 3;
/** Connections of a server, of any of its processes; a command has another name. */
const OF_A_SERVER = / name=couponrush-(?:primary|http|persister|gate|observer|admin)\b/;

export async function migrateUserIds(config: Config, options: { readonly json?: boolean }): Promise<number> {
  if (userIdType !== 'text') return againAsText();
  const { redisUrl, mysqlUrl } = storeUrls(config);
  await checkRedis(redisUrl, { by: 'command' });
  await checkMysql(mysqlUrl, { connections: CONNECTIONS, access: 'read', anyUserIds: true });
  const redis = connectForCommands(redisUrl, 'command', TIMEOUT_MS);
  const database = openDatabase(mysqlUrl, { connections: CONNECTIONS, timeoutMs: TIMEOUT_MS });
  const type = await openUserIdType(config.mysqlMigrationUrl ?? mysqlUrl);
  try {
    const recorded = await type.read();
    if (recorded === null) throw new CommandFailure('the schema is not up to date: run `couponrush migrate` first');
    await requireOwnRedis(redis, database, createLogger('command', 'silent'));
    const coupons = recorded === 'text' ? null : await change({ redis, database }, type, recorded === 'to-text');
    if (options.json) printJson({ ok: true, userIds: 'text', verified: coupons ?? 0 });
    else if (coupons === null) print('The user ids of this database are texts already.');
    else
      print(`User ids are texts now; verify agrees on ${coupons} coupons. Start every server with USER_ID_TYPE=text.`);
    return EXIT_OK;
  } finally {
    redis.disconnect();
    await database.close();
    type.close();
  }
}

type Both = { readonly redis: Redis; readonly database: Database };

/** Schemas, scripts and statements of this process are made for its type of ids. */
function againAsText(): number {
  const env = { ...process.env, USER_ID_TYPE: 'text' };
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' });
  return status ?? EXIT_FAILED;
}

/** @returns how many coupons were verified, before and after */
async function change(stores: Both, type: UserIdTypeOfDatabase, resumed: boolean): Promise<number> {
  await refuseBesideServer(stores.redis);
  if (!resumed) await verifyAll(stores, 'before');
  await type.begin();
  try {
    // Again: one that started before the mark was there.
    await refuseBesideServer(stores.redis);
  } catch (error) {
    if (!resumed) await type.giveUp();
    throw error;
  }
  printProgress('changing the columns of MySQL');
  await type.changeColumns();
  await renamePseudonyms(stores);
  const verified = await verifyAll(stores, 'after');
  await type.end();
  return verified;
}

async function refuseBesideServer(redis: Redis): Promise<void> {
  const clients = ((await redis.client('LIST')) as string).split('\n');
  const found = clients.find((client) => OF_A_SERVER.test(client));
  if (!found) return;
  const name = /name=(\S+)/.exec(found)?.[1];
  throw new CommandFailure(`a server runs on these stores (connection ${name} of Redis): stop every server first`);
}

/** @throws CommandFailure at the first coupon on which the stores do not agree */
async function verifyAll(stores: ReadStores, when: 'before' | 'after'): Promise<number> {
  const ids = await listAllIds(stores.database);
  for (const [index, couponId] of ids.entries()) {
    printProgress(`verifying coupon ${couponId} ${when} the change (${index + 1} of ${ids.length})`);
    const { ok, gaps } = await verifyCoupon(stores, couponId, { mode: 'final' });
    if (ok) continue;
    const found = gaps.filter(({ count }) => count > 0).map(({ name, count }) => `${name} ${count}`);
    throw new CommandFailure(
      `verify finds gaps in coupon ${couponId} ${when} the change: ${found.slice(0, GAPS_SHOWN).join(', ')}. ` +
        (when === 'before'
          ? 'Nothing was changed: start the server, let it write what waits, and see docs/verify.md'
          : 'No server starts on this database before it agrees: see docs/verify.md, and repeat the command'),
    );
  }
  return ids.length;
}

/** In every coupon that Redis has: whose of them it is, the script finds out. */
async function renamePseudonyms({ redis, database }: Both): Promise<void> {
  const numbers = await listPseudonymNumbers(database);
  if (numbers.length === 0) return;
  for (const { id } of await listLoaded(database)) {
    for (const number of numbers) {
      await replaceUser(redis, id, { userId: String(number), pseudonym: pseudonymOf(number) });
    }
  }
}
