// What Redis alone can do: the decision script, driven by ioredis as fast as it answers, with no HTTP before it and no
// MySQL behind it. It is a process of its own, so that its CPU time can be measured.
import { issueArguments } from '../../src/issuance/issue-script.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { couponKeys, memoKey } from '../../src/redis/keys.ts';
import { runScript } from '../../src/redis/scripts.ts';

export interface ScriptLoopOrder {
  readonly redisUrl: string;
  readonly couponId: number;
  readonly decisions: number;
  readonly usersABatch: number;
  /** Batches on their way at the same time. */
  readonly lanes: number;
  readonly firstUser: number;
}

export interface ScriptLoopResult {
  readonly elapsedMs: number;
  readonly issued: number;
}

const TIMEOUT_MS = 30_000;
let batchId = Date.now();

async function decide(order: ScriptLoopOrder): Promise<ScriptLoopResult> {
  const { redisUrl, couponId, decisions, usersABatch, lanes, firstUser } = order;
  const redis = connectForCommands(redisUrl, 'bench script', TIMEOUT_MS);
  const keys = couponKeys(couponId);
  let asked = 0;
  let issued = 0;
  await redis.ping();
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const laneKeys = [
        keys.stock,
        keys.holders,
        keys.meta,
        keys.outbox,
        memoKey(couponId, `bench:${lane}`),
        keys.idempotencyKeys,
        keys.revoked,
      ];
      while (asked < decisions) {
        const first = firstUser + asked;
        const count = Math.min(usersABatch, decisions - asked);
        asked += count;
        const args = issueArguments({
          batchId: ++batchId,
          deadlineRedisMs: Number.MAX_SAFE_INTEGER,
          outboxRowsMax: Number.MAX_SAFE_INTEGER,
          resent: false,
          users: Array.from({ length: count }, (_, index) => String(first + index)),
          keys: [],
        });
        const reply = (await runScript(redis, 'issue', laneKeys, args)) as [
          string,
          number,
          number,
          number,
          number,
          number,
          string,
        ];
        for (const code of reply[6] ?? '') if (code === 'i') issued += 1;
      }
    }),
  );
  const elapsedMs = performance.now() - startMs;
  redis.disconnect();
  return { elapsedMs, issued };
}

process.on('message', async (order: ScriptLoopOrder) => process.send?.(await decide(order)));
process.once('disconnect', () => process.exit());
process.send?.('ready');
