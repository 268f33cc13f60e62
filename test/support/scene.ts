// What a fault test plays in: couponrush with its own Redis, a MySQL, a loaded coupon, and proxies where the fault is
// one of the network. The test's own connections go past the proxies.

import assert from 'node:assert/strict';
import type { CouponOrder } from '../../src/coupons/create.ts';
import { preloadCoupon } from '../../src/coupons/preload.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import type { ViolationName } from '../../src/history/violations.ts';
import type { ReadStores } from '../../src/stores.ts';
import { type App, type AppOptions, startApp } from './app.ts';
import { type CouponStores, migratedStores, newCoupon } from './coupon-stores.ts';
import { FaultProxy } from './fault-proxy.ts';
import { describeFailures, type Proof, type ProofOptions, prove, reportHistory } from './proof.ts';
import { Rush, type RushOptions } from './rush.ts';
import {
  freshDatabase,
  type MysqlOptions,
  type RedisOptions,
  type Scope,
  startMysql,
  startRedis,
  type TestMysql,
} from './servers.ts';

export interface SceneOptions {
  readonly stock: number;
  readonly coupon?: Partial<CouponOrder>;
  readonly redis?: RedisOptions;
  /** A MySQL of this test alone, which it may kill. Without it: a schema in the run's MySQL. */
  readonly mysql?: MysqlOptions;
  /** couponrush meets this server through a proxy. */
  readonly redisProxy?: boolean;
  readonly mysqlProxy?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** A command in front of couponrush, e.g. `['prlimit', '--nofile=300']`. */
  readonly through?: readonly string[];
}

/** A TestContext, or what stands for one. */
export interface SceneContext extends Scope {
  readonly name: string;
  diagnostic(message: string): void;
}

export interface SceneProofOptions extends Partial<ProofOptions> {
  /** Where another Redis has taken over. */
  readonly stores?: ReadStores;
  readonly violationsAllowed?: readonly ViolationName[];
}

export interface Scene {
  readonly app: App;
  readonly stores: CouponStores;
  readonly couponId: number;
  readonly redisProxy: FaultProxy;
  readonly mysqlProxy: FaultProxy;
  readonly mysql: TestMysql;
  /** One more couponrush on the same servers. */
  startNode(options?: Partial<AppOptions>): Promise<App>;
  rush(options: Pick<RushOptions, 'perSecond' | 'seconds'> & Partial<RushOptions>): Rush;
  /** Rows of the coupon in MySQL. */
  countRows(): Promise<number>;
  /** Fails the test unless I1-I5 hold for this history; reports its line. */
  prove(history: readonly Attempt[], options?: SceneProofOptions): Promise<Proof>;
}

export async function startScene(t: SceneContext, options: SceneOptions): Promise<Scene> {
  const [redisServer, mysqlServer] = await Promise.all([
    startRedis(t, options.redis),
    options.mysql ? startMysql(t, options.mysql) : null,
  ]);
  const mysqlUrl = mysqlServer?.mysqlUrl ?? (await freshDatabase(t));
  const stores = await migratedStores(t, redisServer, mysqlUrl);
  const redisProxy = options.redisProxy ? await FaultProxy.start(t, redisServer.port) : null;
  const mysqlProxy = options.mysqlProxy ? await FaultProxy.start(t, Number(new URL(mysqlUrl).port)) : null;
  const couponId = await newCoupon(stores.database, options.stock, options.coupon);
  await preloadCoupon(stores, couponId);
  const startNode = (more: Partial<AppOptions> = {}) =>
    startApp(t, {
      redisUrl: redisProxy?.urlOf(redisServer.url) ?? redisServer.url,
      mysqlUrl: mysqlProxy?.urlOf(mysqlUrl) ?? mysqlUrl,
      ...(options.through ? { through: options.through } : {}),
      ...more,
      env: { ...options.env, ...more.env },
    });
  const app = await startNode();
  if (process.env.TEST_LOG) t.after(async () => console.error(app.output()));
  return {
    app,
    stores,
    couponId,
    redisProxy: redisProxy as FaultProxy,
    mysqlProxy: mysqlProxy as FaultProxy,
    mysql: mysqlServer as TestMysql,
    startNode,
    rush: (rush) => new Rush({ port: app.port, couponId, ...rush }),
    async countRows() {
      const sql = 'SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ?';
      const [row] = await stores.database.query<{ n: number }>(sql, [couponId]);
      return row?.n ?? 0;
    },
    async prove(history, more = {}) {
      const proof = await prove(more.stores ?? stores, history, { url: app.url, couponId, ...more });
      t.diagnostic(`history: ${proof.line}`);
      reportHistory(t.name, proof.line);
      assert.equal(describeFailures(proof, more.violationsAllowed), '', proof.line);
      return proof;
    },
  };
}
