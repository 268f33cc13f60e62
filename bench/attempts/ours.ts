// couponrush under the same spikes, with its default settings, on the same kind of servers.
import type { Redis } from 'ioredis';
import { createCoupon } from '../../src/coupons/create.ts';
import { preloadCoupon } from '../../src/coupons/preload.ts';
import { createLogger } from '../../src/log.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { couponKeys } from '../../src/redis/keys.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { type App, startApp } from '../../test/support/app.ts';
import type { Scope } from '../../test/support/servers.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Generators } from '../measure/generators.ts';
import { Releases } from '../measure/stage.ts';
import { type Bed, type Condition, contradictionOf, freezeLater, type SpikeFigures, STOCK, USERS } from './measure.ts';

const DRAINED_WITHIN_MS = 60_000;
const STATEMENT_MS = 10_000;

export class OurServer {
  readonly #bed: Bed;
  readonly #app: App;
  readonly #redis: Redis;
  readonly #database: Database;

  private constructor(bed: Bed, app: App, redis: Redis, database: Database) {
    this.#bed = bed;
    this.#app = app;
    this.#redis = redis;
    this.#database = database;
  }

  static async start(scope: Scope, bed: Bed, workers: number): Promise<OurServer> {
    const app = await startApp(scope, {
      redisUrl: bed.redisUrl,
      mysqlUrl: bed.proxy.urlOf(bed.mysqlUrl),
      env: { WORKERS: String(workers) },
    });
    const redis = connectForCommands(bed.redisUrl, 'bench', STATEMENT_MS);
    const database = openDatabase(bed.mysqlUrl, { connections: 2, timeoutMs: STATEMENT_MS });
    scope.after(async () => {
      redis.disconnect();
      await database.close();
    });
    return new OurServer(bed, app, redis, database);
  }

  async spike(generators: Generators, { latencyMs, freeze }: Condition, cutSeconds: number): Promise<SpikeFigures> {
    const coupon = { name: 'bench', totalStock: STOCK, discountType: 'FIXED', discountAmount: 100 } as const;
    const couponId = await createCoupon(this.#database, coupon);
    const log = createLogger('bench', 'silent');
    await preloadCoupon({ redis: this.#redis, database: this.#database, log }, couponId);
    const { holders, outbox } = couponKeys(couponId);
    this.#bed.proxy.latency(latencyMs);
    const releases = new Releases();
    if (freeze) freezeLater(releases, this.#bed.mysql);
    try {
      const load = { kind: 'burst', users: USERS, timeoutSeconds: cutSeconds } as const;
      const result = await generators.run({ port: this.#app.port, load, couponIds: [couponId], keepAnswers: true });
      await releases.close();
      const drained = async () => (await this.#redis.xlen(outbox)) === 0;
      await waitFor('the outbox is empty', drained, { withinMs: DRAINED_WITHIN_MS });
      const [stored] = await this.#database.query<{ taken: number }>(
        'SELECT total_stock - stock AS taken FROM coupon WHERE id = ?',
        [couponId],
      );
      const rows = await this.#database.query<{ user: number }>(
        'SELECT user_id AS user FROM user_coupon WHERE coupon_id = ?',
        [couponId],
      );
      const granted = [...result.answers].filter(([, status]) => status === 201).map(([user]) => user);
      const taken = Number(stored?.taken ?? 0);
      const users = rows.map(({ user }) => Number(user));
      const contradiction = contradictionOf(granted, users, taken, (await this.#redis.smembers(holders)).map(Number));
      const answered = result.granted + result.refused;
      return {
        requestsPerSecond: (answered * 1000) / result.elapsedMs,
        p99Ms: Math.max(result.latency.granted.p99, result.latency.refused.p99),
        answered,
        granted: granted.length,
        errorShare: (USERS - answered) / USERS,
        rows: users.length,
        taken,
        exact: contradiction === '',
        contradiction,
      };
    } finally {
      await releases.close();
      await this.#bed.proxy.heal();
    }
  }
}
