// A Redis and a MySQL of its own on which couponrush is started again and again: for what the start itself costs.
import { createCoupon } from '../../src/coupons/create.ts';
import { preloadCoupon } from '../../src/coupons/preload.ts';
import { createLogger } from '../../src/log.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type App, startApp } from '../../test/support/app.ts';
import { mysqlUrlOfApp, redisUrlOfApp } from '../../test/support/app-user.ts';
import { type Scope, startMysql, startRedis } from '../../test/support/servers.ts';
import { MYSQL_SETTINGS, STATEMENT_MS } from './stage.ts';

/** For the environment of a server that is not started here. */
export interface GroundUrls {
  readonly REDIS_URL: string;
  readonly MYSQL_URL: string;
  readonly MYSQL_MIGRATION_URL: string;
}

export class Grounds {
  readonly urls: GroundUrls;
  readonly #stores: { readonly redisUrl: string; readonly mysqlUrl: string };
  readonly #newCoupon: (stock: number) => Promise<number>;

  private constructor(
    stores: { readonly redisUrl: string; readonly mysqlUrl: string },
    newCoupon: (stock: number) => Promise<number>,
  ) {
    this.#stores = stores;
    this.#newCoupon = newCoupon;
    this.urls = {
      REDIS_URL: redisUrlOfApp(stores.redisUrl),
      MYSQL_URL: mysqlUrlOfApp(stores.mysqlUrl),
      MYSQL_MIGRATION_URL: stores.mysqlUrl,
    };
  }

  /** With the schema, and a Redis that was verified: each start on it is a second one. */
  static async open(scope: Scope): Promise<Grounds> {
    const [{ url }, { mysqlUrl }] = await Promise.all([
      startRedis(scope),
      startMysql(scope, { settings: MYSQL_SETTINGS }),
    ]);
    const redis = connectForCommands(url, 'bench', STATEMENT_MS);
    const database = openDatabase(mysqlUrl, { connections: 2, timeoutMs: STATEMENT_MS });
    scope.after(async () => {
      redis.disconnect();
      await database.close();
    });
    const log = createLogger('bench', 'silent');
    const newCoupon = async (totalStock: number): Promise<number> => {
      const fields = { name: 'bench', totalStock, discountType: 'FIXED', discountAmount: 100 } as const;
      const couponId = await createCoupon(database, fields);
      await preloadCoupon({ redis, database, log }, couponId);
      return couponId;
    };
    const grounds = new Grounds({ redisUrl: url, mysqlUrl }, newCoupon);
    await (await grounds.start(scope, 1)).stop();
    return grounds;
  }

  /** Resolves when it says that it is ready. @param root a built folder; otherwise this one */
  start(scope: Scope, workers: number, root?: string): Promise<App> {
    const env = { WORKERS: String(workers) };
    return startApp(scope, { ...this.#stores, env, ...(root === undefined ? {} : { root }) });
  }

  /** Open, and loaded into Redis. */
  newCoupon(totalStock: number): Promise<number> {
    return this.#newCoupon(totalStock);
  }
}
