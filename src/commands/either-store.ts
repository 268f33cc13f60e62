// The stores for a command that can do its work with one of them: the brake, and commands that only read.
// Promise: within 2 s it is known which of them answer; the other one then refuses at once. Redis is not written to
// unless it is known to belong to this MySQL: MySQL says so, or, if it does not answer, this node has seen it proven
// before.
import type { Config } from '../config.ts';
import { attempt } from '../coupons/store-attempt.ts';
import { openClaimMemory } from '../gate/claim-memory.ts';
import { readRedisClaim } from '../gate/installation.ts';
import { requireOwnRedis } from '../gate/ownership.ts';
import type { Logger } from '../log.ts';
import { connectForCommands } from '../redis/connections.ts';
import { askMysql, openDatabase } from '../store/database.ts';
import { findOtherType } from '../store/user-id-type.ts';
import type { Stores } from '../stores.ts';
import { CommandFailure } from './action.ts';
import { refuseRemote, storeUrls } from './stores.ts';

const REDIS_TIMEOUT_MS = 1000;
const MYSQL_TIMEOUT_MS = 60_000;
const ANSWER_WITHIN_MS = 900;
/** Of a MySQL that did not answer a moment ago. */
const SECOND_TRY_MS = 250;
const CONNECTIONS = 4;

export async function withEitherStore<T>(
  config: Config,
  log: Logger,
  work: (stores: Pick<Stores, 'redis' | 'database'>) => Promise<T>,
): Promise<T> {
  refuseRemote(config);
  const { redisUrl, mysqlUrl } = storeUrls(config);
  const redis = connectForCommands(redisUrl, 'command', REDIS_TIMEOUT_MS);
  const probe = openDatabase(mysqlUrl, { connections: 1, timeoutMs: ANSWER_WITHIN_MS / 2 });
  try {
    const [claim, mysqlAnswers] = await Promise.all([
      attempt(readRedisClaim(redis), ANSWER_WITHIN_MS),
      attempt(
        askMysql(probe).then(() => true),
        ANSWER_WITHIN_MS,
      ),
    ]);
    if (claim === undefined && !mysqlAnswers) throw new CommandFailure('neither Redis nor MySQL answers');
    // It was not checked whose Redis it is.
    if (claim === undefined) redis.disconnect();
    const database = openDatabase(mysqlUrl, {
      connections: CONNECTIONS,
      timeoutMs: mysqlAnswers ? MYSQL_TIMEOUT_MS : SECOND_TRY_MS,
    });
    try {
      if (claim !== undefined && mysqlAnswers) await requireOwnRedis(redis, database, log);
      else if (claim !== undefined && !(claim && openClaimMemory(config.dataDir, mysqlUrl).has(claim.claim))) {
        throw new CommandFailure(UNKNOWN_OWNER);
      }
      const otherType = mysqlAnswers ? await findOtherType(database) : null;
      if (otherType !== null) throw new CommandFailure(`this MySQL ${otherType}`);
      return await work({ redis, database });
    } finally {
      await attempt(database.close(), SECOND_TRY_MS);
    }
  } finally {
    redis.disconnect();
    await probe.close();
  }
}

const UNKNOWN_OWNER =
  'MySQL does not answer, and nothing is known here of whether this Redis belongs to it: ask a ' +
  'running server (COUPONRUSH_ADMIN_URL), or run the command from the folder of one (COUPONRUSH_DATA_DIR)';
