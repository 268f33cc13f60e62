// Keeps a Redis that was not compared with MySQL from deciding. Runs in each persister; HTTP workers only look whether
// the run_id of their Redis is the verified one (once per connection), so the gate costs no request anything.
// Promises:
//   - a Redis of another installation is left alone (see ownership.ts);
//   - a Redis process is verified only after every loaded coupon in it was proven complete or rebuilt (I1, I2), by one
//     owner at a time;
//   - a coupon whose keys vanished later is rebuilt within two seconds.
// A crash leaves the gate shut, and the next owner begins again. The reasons are in docs/decisions/gate.md.

import type { Redis } from 'ioredis';
import { OperationalError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { RebuildProgress } from '../rebuild/rebuild.ts';
import { connectOnce, type RedisServer } from '../redis/connections.ts';
import { redisOutage } from '../redis/failures.ts';
import { GATE_OWNER, VERIFIED_RUN_ID } from '../redis/keys.ts';
import { LockOwner, releaseLock, renewLock, takeLock } from '../redis/lock.ts';
import { runScript } from '../redis/scripts.ts';
import { runIdOf } from '../redis/verified-pool.ts';
import { ChangeDetector } from '../redis/write-mark.ts';
import { pollUntil } from '../runtime/poll.ts';
import { pauseUnlessAborted } from '../runtime/retry.ts';
import { Service } from '../runtime/service.ts';
import { ThrottledLog } from '../runtime/throttled-log.ts';
import type { Database } from '../store/database.ts';
import { CouponCheck } from './coupon-check.ts';
import { Installation, OWNER_CONNECTION } from './installation.ts';
import { Ownership } from './ownership.ts';
import { CouponRecovery } from './recover-coupons.ts';
import { Witnesses } from './witnesses.ts';

export interface GateOptions {
  readonly server: RedisServer;
  /** Of the persister: stable across restarts, and different from that of any other that runs. */
  readonly name: string;
  readonly database: Database;
  readonly log: Logger;
  /** Takes over a coupon whose stock was set manually (see coupons/adopt.ts). */
  readonly adopt: (couponId: number) => Promise<unknown>;
  /** Before coupons are opened in a Redis that may have lost something (see coupons/brake-keeper.ts). */
  readonly putBack?: (redis: Redis) => Promise<ReadonlySet<number>>;
  /** Otherwise one of its own. */
  readonly ownership?: Ownership;
  /** Between two checks whether the loaded coupons have changed. */
  readonly checkEveryMs?: number;
}

export interface GateStatus {
  /** `shut`: Redis is unreachable, another persister verifies it, or MySQL is unreachable. */
  readonly state: 'open' | 'shut' | 'rebuilding';
  readonly progress: RebuildProgress | null;
  readonly mysqlAway: boolean;
  readonly rebuilds: number;
  /** Grants that were found in no store (the outbox was trimmed from outside), and were repaired or declared lost. */
  readonly missingFound: number;
}

const CONNECT_EVERY_MS = 50;
const RETRY_MS = 200;
const RENEW_MS = 1000;
const STOP_MS = 500;
const WITNESSES_EVERY_MS = 3000;

export class Gate {
  readonly #options: GateOptions;
  readonly #service: Service;
  readonly #owner: LockOwner;
  readonly #recovery: CouponRecovery;
  readonly #check: CouponCheck;
  readonly #ownership: Ownership;
  readonly #witnesses: Witnesses;
  /** For what each try may say again. */
  readonly #throttledLog: ThrottledLog;
  #changes = new ChangeDetector();
  #state: GateStatus['state'] = 'shut';
  #mysqlAway = false;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#throttledLog = new ThrottledLog(options.log);
    const { database, log } = options;
    this.#ownership = options.ownership ?? new Ownership({ installation: new Installation(database), log });
    this.#owner = new LockOwner(options.name);
    this.#recovery = new CouponRecovery({ ...options, owner: this.#owner });
    this.#witnesses = new Witnesses(options);
    this.#check = new CouponCheck({
      database: options.database,
      log: options.log,
      rebuild: (redis, couponId) => this.#recovery.rebuild(redis, couponId),
      adopt: options.adopt,
    });
    this.#service = new Service({
      name: 'the gate',
      log,
      turn: (signal) => this.#connect(signal),
      pauseMs: CONNECT_EVERY_MS,
      retryMs: () => RETRY_MS,
      onFailure: (error) => {
        const level = redisOutage(error) === null ? 'error' : 'warn';
        this.#throttledLog.write(level, { error: String(error) }, 'the gate failed, and tries again');
      },
      // A statement that MySQL does not answer is not waited for: its rebuild can't write any more.
      stopMs: STOP_MS,
    });
  }

  start(): void {
    this.#service.start();
  }

  /** What is being rebuilt stays closed; another persister, or the next start, goes on. */
  stop(): Promise<void> {
    return this.#service.stop();
  }

  /** A coupon was found that is not loaded: the next turn checks, even if Redis was not written to. */
  lookSoon(): void {
    this.#changes.repeat();
  }

  status(): GateStatus {
    return {
      state: this.#state,
      progress: this.#recovery.progress,
      mysqlAway: this.#mysqlAway,
      rebuilds: this.#recovery.rebuilds,
      missingFound: this.#check.missingFound,
    };
  }

  /** One turn for each connection. A connection never outlives its Redis process, and is never renewed. */
  async #connect(stopping: AbortSignal): Promise<void> {
    const redis = connectOnce(this.#options.server, 'gate');
    const closed = new AbortController();
    const close = () => {
      closed.abort();
      redis.disconnect();
    };
    redis.once('end', close);
    stopping.addEventListener('abort', close);
    try {
      await this.#guard(redis, closed.signal);
    } catch (error) {
      // Otherwise the connection to Redis was lost: that is what the next turn is for.
      if (redis.status === 'ready') throw error;
    } finally {
      this.#state = 'shut';
      stopping.removeEventListener('abort', close);
      redis.disconnect();
    }
  }

  async #guard(redis: Redis, closed: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const runId = runIdOf(await redis.info('server'));
    if (runId === undefined) throw new OperationalError('NO_RUN_ID', 'transient', 'Redis does not tell its run_id');
    if (!(await pollUntil(() => this.#isOurs(redis), { everyMs: RETRY_MS, signal: closed }))) return;
    await redis.client('SETNAME', OWNER_CONNECTION);
    const isVerified = async () => {
      const verified = await redis.get(VERIFIED_RUN_ID);
      return verified === runId || this.#verifyAsOwner(redis, { runId, isFirst: verified === null }, closed);
    };
    if (!(await pollUntil(isVerified, { everyMs: RETRY_MS, signal: closed })) || closed.aborted) return;
    this.#state = 'open';
    log.info({ runId }, 'the gate is open: this Redis is verified');
    this.#changes = new ChangeDetector();
    await this.#keepWatch(redis, runId, closed);
  }

  /** Until the connection is lost, or Redis must be verified again. */
  async #keepWatch(redis: Redis, runId: string, closed: AbortSignal): Promise<void> {
    const { checkEveryMs = 1000 } = this.#options;
    let witnessedMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      await pauseUnlessAborted(checkEveryMs, closed);
      if (closed.aborted) return;
      if (performance.now() - witnessedMs >= WITNESSES_EVERY_MS) {
        witnessedMs = performance.now();
        await this.#whenMysqlAnswers(redis, () => this.#witnesses.look(redis));
      }
      if (!(await this.#changes.isDue(redis))) continue;
      // A failover that was asked for leaves the old master alive, with our connection to it.
      if (await isReplica(redis)) throw new Error('this Redis is a replica now');
      if ((await this.#isOurs(redis)) === false) throw new Error('this Redis is not ours any more');
      const looked = await this.#whenMysqlAnswers(redis, async () => {
        await this.#check.check(redis);
        return true;
      });
      if (!looked) this.#changes.repeat();
      // FLUSHALL took the mark as well. Nothing is decided on what it left: each coupon is closed until it is rebuilt.
      // Asked first, because a Redis without memory refuses to write even what is there.
      if ((await redis.get(VERIFIED_RUN_ID)) === null) await redis.set(VERIFIED_RUN_ID, runId, 'NX');
    }
  }

  /** @returns undefined if MySQL must be asked, and does not answer */
  #isOurs(redis: Redis): Promise<boolean | undefined> {
    return this.#whenMysqlAnswers(redis, () => this.#ownership.look(redis));
  }

  /** @returns whether this Redis is verified now; otherwise another persister does it, or it must be tried again */
  async #verifyAsOwner(
    redis: Redis,
    { runId, isFirst }: { readonly runId: string; readonly isFirst: boolean },
    closed: AbortSignal,
  ): Promise<boolean> {
    const { log } = this.#options;
    const token = this.#owner.newToken();
    if (!(await takeLock(redis, GATE_OWNER, token, this.#owner))) return false;
    // A first start is no fault.
    const level = isFirst ? 'info' : 'warn';
    this.#throttledLog.write(
      level,
      { runId },
      'this Redis is being compared with MySQL; the gate then opens by itself',
    );
    const renewal = setInterval(() => {
      renewLock(redis, GATE_OWNER, token).catch(() => {});
    }, RENEW_MS);
    this.#state = 'rebuilding';
    try {
      const startedAt = performance.now();
      const result = await this.#whenMysqlAnswers(redis, () => this.#recovery.recoverAll(redis, closed));
      if (result === undefined || closed.aborted) return false;
      const reply = await runScript(redis, 'verify-redis', [GATE_OWNER, VERIFIED_RUN_ID], [token, runId]);
      if (reply !== 'verified') {
        this.#throttledLog.write('warn', { runId, reply }, 'another persister took the gate over');
        return false;
      }
      log.info({ runId, ...result, ms: Math.round(performance.now() - startedAt) }, 'verified this Redis');
      return true;
    } finally {
      clearInterval(renewal);
      this.#state = 'shut';
      if (redis.status === 'ready') await releaseLock(redis, GATE_OWNER, token).catch(() => {});
    }
  }

  /** @returns undefined if it must be tried again: MySQL is unreachable, or the rebuild was interrupted */
  async #whenMysqlAnswers<T>(redis: Redis, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      if (this.#mysqlAway) {
        this.#options.log.info('the gate can ask MySQL again');
        this.#ownership.renewSoon();
      }
      this.#mysqlAway = false;
      return result;
    } catch (error) {
      if (redis.status !== 'ready' || !(error instanceof OperationalError)) throw error;
      if (error.code === 'REBUILD_INTERRUPTED') {
        this.#throttledLog.write('warn', { reason: error.message }, 'a rebuild begins again');
      } else {
        const { code, message: reason } = error;
        if (!this.#mysqlAway) this.#options.log.warn({ code, reason }, 'the gate can not ask MySQL; it waits');
        this.#mysqlAway = true;
      }
      return undefined;
    }
  }
}

async function isReplica(redis: Redis): Promise<boolean> {
  return /^role:slave/m.test(await redis.info('replication'));
}
