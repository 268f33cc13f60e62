// The decision script alone, in a Redis of its own: what a decision costs by batch size.
import { Redis } from 'ioredis';
import { couponKeys } from '../../src/redis/keys.ts';
import { type Scope, startRedis } from '../../test/support/servers.ts';
import { Loop } from '../baselines/baseline-process.ts';
import type { ScriptLoopOrder, ScriptLoopResult } from '../baselines/script-loop.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import { CpuMeter } from '../measure/processes.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';

const STOCK = 500_000_000;
const FIRST_USER = 1_000_000_000;
/** No persister runs here, so grants stay in the outbox: it is trimmed between runs. */
const OUTBOX_KEPT = 0;
const FILL_BATCH = 1000;

export class ScriptBench {
  readonly redis: Redis;
  readonly #url: string;
  readonly #pid: number;
  readonly #loop: Loop<ScriptLoopOrder, ScriptLoopResult>;
  #coupons = 0;
  #user = FIRST_USER;

  private constructor(url: string, redis: Redis, pid: number, loop: Loop<ScriptLoopOrder, ScriptLoopResult>) {
    this.#url = url;
    this.redis = redis;
    this.#pid = pid;
    this.#loop = loop;
  }

  static async open(scope: Scope, settings: Readonly<Record<string, string>> = {}): Promise<ScriptBench> {
    const server = await startRedis(scope, { settings: { maxmemory: '8gb', ...settings } });
    const redis = new Redis(server.url);
    scope.after(async () => redis.disconnect());
    const pid = Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
    return new ScriptBench(server.url, redis, pid, await Loop.start(scope, 'script-loop'));
  }

  async newCoupon(): Promise<number> {
    this.#coupons += 1;
    const { stock, meta } = couponKeys(this.#coupons);
    await this.redis.set(stock, STOCK);
    await this.redis.hset(meta, { state: 'open', opensAt: 0, closesAt: 0, sequence: 0 });
    return this.#coupons;
  }

  async forget(couponId: number): Promise<void> {
    const { stock, meta, holders, outbox } = couponKeys(couponId);
    await this.redis.unlink(stock, meta, holders, outbox);
  }

  async decide(couponId: number, decisions: number, usersABatch: number, lanes = 2): Promise<Measurement> {
    const cpu = new CpuMeter({ redis: [this.#pid], client: [this.#loop.pid] });
    const order = { redisUrl: this.#url, couponId, decisions, usersABatch, lanes, firstUser: this.#user };
    const { elapsedMs, issued } = await this.#loop.run(order);
    this.#user += decisions;
    const { redis = 0, client = 0 } = cpu.read();
    await this.redis.xtrim(couponKeys(couponId).outbox, 'MAXLEN', OUTBOX_KEPT);
    if (issued !== decisions) throw new Error(`${decisions} users asked, ${issued} coupons were issued`);
    return {
      figures: {
        decisionsPerSecond: (decisions * 1000) / elapsedMs,
        redisMicros: redis / decisions,
        clientMicros: client / decisions,
        batchMs: (elapsedMs * usersABatch * lanes) / decisions,
      },
    };
  }

  /** Removes the latest holders and their numbers: the next run meets as many as this one did. */
  async takeBack(couponId: number, decisions: number): Promise<void> {
    const { holders, meta } = couponKeys(couponId);
    for (let from = this.#user - decisions; from < this.#user; from += FILL_BATCH) {
      const users = Array.from({ length: Math.min(FILL_BATCH, this.#user - from) }, (_, index) => from + index);
      await this.redis.srem(holders, ...users);
    }
    await this.redis.hincrby(meta, 'sequence', -decisions);
  }

  fill(couponId: number, holders: number): Promise<Measurement> {
    return this.decide(couponId, holders, FILL_BATCH, 4);
  }
}

export const decisionColumns = () =>
  columns(
    ['decisionsPerSecond', 'decisions/s', 0],
    'redisMicros',
    ['clientMicros', 'client us', 2],
    ['batchMs', 'a batch ms', 2],
  );

export async function openScript({ options }: Context): Promise<Scenario> {
  const releases = new Releases();
  const bench = await ScriptBench.open(releases);
  const sizes: readonly (readonly [users: number, lanes: number])[] = [
    [1, 64],
    [10, 2],
    [100, 2],
    [1000, 2],
  ];
  const seconds = options.quick ? 1 : 2;
  const decisions: Readonly<Record<number, number>> = { 1: 15_000, 10: 30_000, 100: 150_000, 1000: 300_000 };
  const nameOf = (users: number, lanes: number) => `${users} user(s) a call, ${lanes} calls under way`;
  return {
    name: 'script',
    title: 'the decision script alone, over one ioredis connection',
    conditions: 'a new coupon for each run, no persister, appendfsync always',
    baseline: nameOf(100, 2),
    compared: 'redisMicros',
    figures: decisionColumns(),
    variants: sizes.map(([users, lanes]) => ({
      name: nameOf(users, lanes),
      measure: async () => {
        const couponId = await bench.newCoupon();
        const result = await bench.decide(couponId, (decisions[users] as number) * seconds, users, lanes);
        await bench.forget(couponId);
        return result;
      },
    })),
    close: () => releases.close(),
  };
}
