// couponrush on servers of its own, as a scenario wants it: Redis and MySQL with the durable settings that npm start
// uses, unless the scenario sets others.
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { createCoupon } from '../../src/coupons/create.ts';
import { preloadCoupon } from '../../src/coupons/preload.ts';
import { createLogger } from '../../src/log.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { couponKeys } from '../../src/redis/keys.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { type App, startApp } from '../../test/support/app.ts';
import { type Scope, startMysql, startRedis } from '../../test/support/servers.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Cast } from './processes.ts';

/** As npm start runs its own; the tests' servers are smaller. */
export const MYSQL_SETTINGS = [
  '--innodb-buffer-pool-size=256M',
  '--loose-innodb-log-file-size=256M',
  '--loose-innodb-redo-log-capacity=256M',
];
export const STATEMENT_MS = 60_000;
const DRAINED_WITHIN_MS = 120_000;

export interface StageOptions {
  readonly workers: number;
  readonly redis?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node for all its processes, as a shell reads them. */
  readonly nodeOptions?: string;
}

/** Releases what was registered, the latest first. */
export class Releases implements Scope {
  readonly #releases: (() => Promise<void>)[] = [];

  after(release: () => Promise<void>): void {
    this.#releases.push(release);
  }

  async close(): Promise<void> {
    for (const release of this.#releases.splice(0).reverse())
      await release().catch((error: unknown) => console.error(error));
  }
}

export class Stage {
  readonly app: App;
  readonly redis: Redis;
  readonly database: Database;
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly #redisPid: number;
  readonly #mysqlPid: number;

  private constructor(
    app: App,
    redis: Redis,
    database: Database,
    urls: { redis: string; mysql: string },
    pids: { redis: number; mysql: number },
  ) {
    this.app = app;
    this.redis = redis;
    this.database = database;
    this.redisUrl = urls.redis;
    this.mysqlUrl = urls.mysql;
    this.#redisPid = pids.redis;
    this.#mysqlPid = pids.mysql;
  }

  static async open(scope: Scope, { workers, redis: settings, env, nodeOptions }: StageOptions): Promise<Stage> {
    const [server, { mysqlUrl }] = await Promise.all([
      startRedis(scope, settings ? { settings } : {}),
      startMysql(scope, { settings: MYSQL_SETTINGS }),
    ]);
    const app = await startApp(scope, {
      redisUrl: server.url,
      mysqlUrl,
      env: { WORKERS: String(workers), ...env },
      ...(nodeOptions === undefined ? {} : { through: withNodeOptions(nodeOptions) }),
    });
    // In order, so that profiles of its processes are written.
    scope.after(async () => void (await app.stop()));
    const redis = connectForCommands(server.url, 'bench', STATEMENT_MS);
    const database = openDatabase(mysqlUrl, { connections: 2, timeoutMs: STATEMENT_MS });
    scope.after(async () => {
      redis.disconnect();
      await database.close();
    });
    const pids = { redis: await redisPid(redis), mysql: await mysqlPid(database) };
    return new Stage(app, redis, database, { redis: server.url, mysql: mysqlUrl }, pids);
  }

  cast(): Cast {
    return {
      http: this.app.pids('http'),
      redis: [this.#redisPid],
      persister: this.app.pids('persister'),
      mysql: [this.#mysqlPid],
      others: [this.app.primary.pid as number, ...this.app.pids('admin')],
    };
  }

  /** Stops MySQL from answering (SIGSTOP), or lets it go on. */
  freezeMysql(frozen: boolean): void {
    process.kill(this.#mysqlPid, frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Open, and loaded into Redis. */
  async newCoupon(totalStock: number): Promise<number> {
    const couponId = await this.newDraft(totalStock);
    const log = createLogger('bench', 'silent');
    await preloadCoupon({ redis: this.redis, database: this.database, log }, couponId);
    return couponId;
  }

  /** In MySQL only. */
  newDraft(totalStock: number): Promise<number> {
    return createCoupon(this.database, { name: 'bench', totalStock, discountType: 'FIXED', discountAmount: 100 });
  }

  async rows(couponId: number): Promise<number> {
    return this.countRows([couponId]);
  }

  async countRows(couponIds: readonly number[]): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(
      `SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id IN (${couponIds.join(',')})`,
    );
    return Number(row?.n ?? 0);
  }

  /** The same by the stock that rows have taken: at once, however many rows there are. */
  async writtenRows(couponIds: readonly number[]): Promise<number> {
    const [row] = await this.database.query<{ n: string }>(
      `SELECT SUM(total_stock - stock) AS n FROM coupon WHERE id IN (${couponIds.join(',')})`,
    );
    return Number(row?.n ?? 0);
  }

  async outboxRows(couponId: number): Promise<number> {
    const { meta } = couponKeys(couponId);
    const [row] = await this.database.query<{ n: number }>('SELECT total_stock - stock AS n FROM coupon WHERE id = ?', [
      couponId,
    ]);
    return Number((await this.redis.hget(meta, 'sequence')) ?? 0) - Number(row?.n ?? 0);
  }

  /** Resolves when so many grants of these coupons have their row. */
  async written(couponIds: readonly number[], granted: number): Promise<void> {
    await waitFor('all rows are written', async () => (await this.writtenRows(couponIds)) >= granted, {
      withinMs: DRAINED_WITHIN_MS,
      everyMs: 5,
    });
  }

  /** Resolves when every grant of these coupons has its row, and is acknowledged. */
  async drained(couponIds: readonly number[]): Promise<void> {
    await waitFor(
      'the outbox is empty',
      async () => {
        const lengths = await Promise.all(couponIds.map((id) => this.redis.xlen(couponKeys(id).outbox)));
        return lengths.every((length) => length === 0);
      },
      { withinMs: DRAINED_WITHIN_MS, everyMs: 20 },
    );
  }
}

/** The primary hands its options of Node down to its children. */
function withNodeOptions(options: string): string[] {
  return ['sh', '-c', `exec "$0" ${options} "$@"`];
}

async function redisPid(redis: Redis): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
}

async function mysqlPid(database: Database): Promise<number> {
  const [row] = await database.query<{ path: string }>('SELECT @@pid_file AS path');
  return Number(readFileSync(row?.path ?? '', 'utf8'));
}

export async function serverVersions(stage: Stage): Promise<{ redis: string; mysql: string }> {
  const [row] = await stage.database.query<{ version: string }>('SELECT @@version AS version');
  const mysql = row?.version ?? 'unknown';
  return {
    redis: /^redis_version:(\S+)/m.exec(await stage.redis.info('server'))?.[1] ?? 'unknown',
    mysql: /mariadb/i.test(mysql) ? `MariaDB ${mysql.split('-')[0]}` : `MySQL ${mysql}`,
  };
}
