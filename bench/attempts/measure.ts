// One spike against one attempt, and whether what it stored agrees with what it answered.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { projectRoot } from '../../src/project.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { freePort } from '../../test/support/free-port.ts';
import { type Scope, startMysql, startRedis, type TestMysql } from '../../test/support/servers.ts';
import type { Generators } from '../measure/generators.ts';
import { Releases } from '../measure/stage.ts';
import { addCoupon, createTables, readCoupon } from './tables.ts';

export const USERS = 2000;
export const STOCK = 1000;
const FREEZE_AFTER_MS = 300;
export const FREEZE_MS = 4000;
/** After the cut, for requests and events that are still under way in the server. */
const SETTLE_MS = 20_000;

/**
 * `latencyMs` for each statement and answer of the database; `freeze`: it stands still for 4 s soon after the start.
 */
export interface Condition {
  readonly name: string;
  readonly latencyMs: number;
  readonly freeze: boolean;
}

export interface SpikeFigures {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly answered: number;
  readonly granted: number;
  /** Anything but 201 and 400, and what had no answer until the cut. */
  readonly errorShare: number;
  readonly rows: number;
  readonly taken: number;
  readonly exact: boolean;
  /** What contradicts what, in words; empty if it is exact. */
  readonly contradiction: string;
}

export interface Bed {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly mysql: TestMysql;
  readonly proxy: FaultProxy;
}

export async function openBed(scope: Scope): Promise<Bed> {
  const [redis, mysql] = await Promise.all([startRedis(scope), startMysql(scope)]);
  const proxy = await FaultProxy.start(scope, mysql.port);
  await createTables(mysql.mysqlUrl);
  return { redisUrl: redis.url, mysqlUrl: mysql.mysqlUrl, mysql, proxy };
}

let lastCoupon = 0;

/** A server process of its own for each attempt: its first spike is cold. */
export class AttemptServer {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #bed: Bed;

  private constructor(child: ChildProcess, port: number, bed: Bed) {
    this.#child = child;
    this.#port = port;
    this.#bed = bed;
  }

  static async start(number: number, bed: Bed): Promise<AttemptServer> {
    const port = await freePort();
    const child = fork(join(projectRoot, 'dist/bench/attempts/server.js'), {
      env: {
        ...process.env,
        ATTEMPT: String(number),
        ATTEMPT_PORT: String(port),
        ATTEMPT_REDIS_URL: bed.redisUrl,
        ATTEMPT_MYSQL_URL: bed.proxy.urlOf(bed.mysqlUrl),
      },
    });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', () => reject(new Error(`attempt ${number} ended at its start`)));
    });
    return new AttemptServer(child, port, bed);
  }

  async spike(generators: Generators, { latencyMs, freeze }: Condition, cutSeconds: number): Promise<SpikeFigures> {
    const { mysqlUrl, redisUrl, mysql, proxy } = this.#bed;
    const couponId = ++lastCoupon;
    await addCoupon(mysqlUrl, couponId, STOCK);
    const redis = new Redis(redisUrl);
    await redis.set(`coupon:${couponId}:stock`, STOCK);
    proxy.latency(latencyMs);
    const releases = new Releases();
    if (freeze) freezeLater(releases, mysql);
    try {
      const load = { kind: 'burst', users: USERS, timeoutSeconds: cutSeconds } as const;
      const result = await generators.run({ port: this.#port, load, couponIds: [couponId], keepAnswers: true });
      await releases.close();
      await this.#settled();
      const stored = await readCoupon(mysqlUrl, couponId);
      const holders = (await redis.smembers(`issue:coupon:${couponId}`)).map(Number);
      const granted = [...result.answers].filter(([, status]) => status === 201).map(([user]) => user);
      const answered = result.granted + result.refused;
      const contradiction = contradictionOf(granted, stored.users, STOCK - stored.stockLeft, holders);
      return {
        requestsPerSecond: (answered * 1000) / result.elapsedMs,
        // A client without an answer waited until the cut.
        p99Ms:
          result.failed > USERS / 100
            ? cutSeconds * 1000
            : Math.max(result.latency.granted.p99, result.latency.refused.p99),
        answered,
        granted: granted.length,
        errorShare: (USERS - answered) / USERS,
        rows: stored.users.length,
        taken: STOCK - stored.stockLeft,
        exact: contradiction === '',
        contradiction,
      };
    } finally {
      await releases.close();
      redis.disconnect();
      await proxy.heal();
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #settled(): Promise<void> {
    const until = performance.now() + SETTLE_MS;
    while (performance.now() < until) {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/pending`, { signal: AbortSignal.timeout(SETTLE_MS) });
      if (((await answer.json()) as { pending: number }).pending === 0) return;
      await sleep(50);
    }
  }
}

export function freezeLater(scope: Scope, mysql: Pick<TestMysql, 'freeze' | 'resume'>): void {
  const freeze = setTimeout(() => void mysql.freeze(), FREEZE_AFTER_MS);
  const thaw = setTimeout(() => void mysql.resume(), FREEZE_AFTER_MS + FREEZE_MS);
  // An attempt that is over sooner does not wait: its listener meets the frozen database.
  scope.after(async () => {
    clearTimeout(freeze);
    clearTimeout(thaw);
    await mysql.resume();
  });
}

/** Users with a 201, users with a row, what the stock lost, and Redis' holders if there are any: the same, or not. */
export function contradictionOf(
  granted: readonly number[],
  rows: readonly number[],
  taken: number,
  holders: readonly number[],
): string {
  const withRow = new Set(rows);
  const withoutRow = granted.filter((user) => !withRow.has(user)).length;
  const unwritten = holders.filter((user) => !withRow.has(user)).length;
  return [
    rows.length > STOCK ? `${rows.length} rows for a stock of ${STOCK}` : '',
    rows.length === withRow.size ? '' : `${rows.length - withRow.size} users with two rows`,
    rows.length === taken ? '' : `${rows.length} rows, ${taken} taken from the stock`,
    withoutRow === 0 ? '' : `${withoutRow} users with a 201 and no row`,
    unwritten === 0 ? '' : `${unwritten} holders in Redis without a row`,
  ]
    .filter((text) => text !== '')
    .join('; ');
}
