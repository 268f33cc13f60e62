// Decides who gets a coupon: the use case behind POST …/issue. One Issuer for each HTTP worker.
// Promise: each applicant is answered exactly once, by its deadline (I6); what is refused was not issued (I5).
import type { Metrics } from '../metrics/metrics.ts';
import { isRedisReply, NotSentError, type VerifiedPool } from '../redis/verified-pool.ts';
import type { UserId } from '../user-id.ts';
import { CouponLine, type LineContext } from './coupon-line.ts';
import { type Applicant, type Decision, decisions } from './decision.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { LostGrants } from './lost-grants.ts';
import type { RecentGrants } from './recent-grants.ts';
import type { LocalDecision, SoldOutKnowledge } from './sold-out.ts';

const SWEEP_EVERY_MS = 20;
/** Of all applicants: those who may wait for what MySQL says of a coupon that is not loaded. */
const PARKED_SHARE_MAX = 0.25;

const localOutcomes = {
  'sold-out': 'sold_out',
  'already-issued': 'already_issued',
  revoked: 'revoked',
} as const satisfies Record<LocalDecision['kind'], string>;

export interface IssuerOptions {
  readonly pool: Pick<VerifiedPool, 'size' | 'usable' | 'run' | 'clock'>;
  /** Different for each process: names the lanes, under which Redis remembers last replies. */
  readonly instance: string;
  readonly batchUsersMax: number;
  readonly inflightMax: number;
  /** An applicant who would have to wait longer for a lane is refused at once. */
  readonly queueDelayMaxMs: number;
  readonly outboxRowsMax: number;
  /** Whether MySQL knows the coupon. Settles within its own bound. */
  readonly exists: (couponId: number) => Promise<'yes' | 'no' | 'unknown'>;
  /** What this user is answered about a coupon that is in MySQL and not in Redis. Never rejects. */
  readonly decideNotInRedis: (couponId: number, userId: UserId) => Promise<Decision>;
  /** Takes over a stock that was set manually: `adopted`, `absent`, or why not now. Settles within its own bound. */
  readonly adopt: (couponId: number) => Promise<string>;
  readonly idempotencyKeys: Pick<IdempotencyKeys, 'claim' | 'keep'>;
  readonly lostGrants: Pick<LostGrants, 'granted'>;
  readonly recentGrants: Pick<RecentGrants, 'add'>;
  /** null: Redis is asked for each applicant. */
  readonly soldOut: Pick<SoldOutKnowledge, 'answer' | 'suspect'> | null;
  readonly reportError: (error: unknown) => void;
  readonly metrics: Pick<Metrics, 'batches' | 'decisions' | 'redisPools' | 'sheds'>;
}

export class Issuer {
  readonly #options: IssuerOptions;
  readonly #context: LineContext;
  readonly #lines = new Map<number, CouponLine>();
  readonly #adoptions = new Map<number, Promise<string>>();
  /** Of coupons that are not loaded: MySQL is asked what to answer them. */
  readonly #parked = new Set<Applicant>();
  /** Runs while there is anything to sweep: an issuer that is not asked costs nothing. */
  #sweeper: NodeJS.Timeout | undefined;
  /** Applicants without an answer. */
  #inflight = 0;

  constructor(options: IssuerOptions) {
    this.#options = options;
    const { pool, metrics } = options;
    this.#context = {
      lanes: pool.size,
      laneName: options.instance,
      batchUsersMax: options.batchUsersMax,
      outboxRowsMax: options.outboxRowsMax,
      run: (lane, keys, args) => pool.run(lane, 'issue', keys, args),
      toRedisMs: (monotonicMs) => pool.clock.toRedisMs(monotonicMs),
      observeRedisMs: (redisMs) => pool.clock.observe(redisMs, performance.now()),
      isRedisReply,
      isNotSent: (error) => error instanceof NotSentError,
      settle: (applicant, decision) => {
        this.#inflight -= 1;
        applicant.answer(decision);
      },
      issuedUnderKey: (couponId, userId, key) => options.idempotencyKeys.keep(couponId, userId, key),
      granted: (couponId, users, reply, last) => {
        options.lostGrants.granted(couponId, reply.epoch, last);
        options.recentGrants.add(couponId, users, reply);
      },
      soldOut: (couponId) => options.soldOut?.suspect(couponId),
      resolveUnloaded: (couponId, status, applicants) => void this.#resolveUnloaded(couponId, status, applicants),
      reportError: options.reportError,
      metrics,
    };
    metrics.redisPools.watchExpectedWait(() => ({
      expectedMs: this.#expectedWaitMs(),
      limitMs: options.queueDelayMaxMs,
    }));
  }

  /** Whether any applicant waits for an answer. */
  get busy(): boolean {
    return this.#inflight > 0;
  }

  /** The decision, if it is known without asking: the coupon is sold out. null otherwise, then `submit`. */
  known(couponId: number, userId: UserId, idempotencyKey: string | undefined): Decision | null {
    const decision = this.#options.soldOut?.answer(couponId, userId) ?? null;
    if (decision === null || !this.#options.pool.usable) return null;
    // Redis has what was sent under the key before: the original answer, or another coupon.
    if (idempotencyKey !== undefined) return null;
    this.#context.metrics.decisions.countLocalAnswer(localOutcomes[decision.kind]);
    return decision;
  }

  submit(couponId: number, applicant: Applicant): void {
    if (!this.#options.pool.usable) {
      applicant.answer(decisions.notReady);
      return;
    }
    if (this.#inflight >= this.#options.inflightMax) {
      this.#context.metrics.sheds.countShed('inflight');
      applicant.answer(decisions.overloaded);
      return;
    }
    const line = this.#lineOf(couponId);
    if (line.overdue(performance.now(), this.#options.queueDelayMaxMs)) {
      this.#context.metrics.sheds.countShed('queue_delay');
      applicant.answer(decisions.overloaded);
      return;
    }
    this.#inflight += 1;
    if (applicant.idempotencyKey === undefined) line.admit(applicant);
    else void this.#admitKeyed(couponId, applicant, applicant.idempotencyKey);
  }

  /** A connection is usable again: batches whose reply was lost are sent again. */
  resume(): void {
    for (const line of this.#lines.values()) line.scheduleFlush();
  }

  stop(): void {
    clearInterval(this.#sweeper);
  }

  #expectedWaitMs(): number {
    const nowMs = performance.now();
    return [...this.#lines.values()].reduce((longest, line) => Math.max(longest, line.predictedWaitMs(nowMs)), 0);
  }

  #lineOf(couponId: number): CouponLine {
    let line = this.#lines.get(couponId);
    if (!line) {
      line = new CouponLine(couponId, this.#context);
      this.#lines.set(couponId, line);
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_EVERY_MS);
    }
    return line;
  }

  async #admitKeyed(couponId: number, applicant: Applicant, key: string): Promise<void> {
    const claim = await this.#options.idempotencyKeys.claim(couponId, applicant.userId, key, applicant.deadlineMs);
    if (claim === 'claimed') this.#lineOf(couponId).admit(applicant);
    else this.#context.settle(applicant, claim === 'reused' ? decisions.keyReused : decisions.notReady);
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const applicant of this.#parked) {
      if (nowMs >= applicant.deadlineMs) this.#unpark(applicant, decisions.notReady);
    }
    for (const line of this.#lines.values()) {
      line.sweep(nowMs);
      // Lines are cheap to make: only coupons that are asked for have one, even if many ids are tried.
      if (line.idle) this.#lines.delete(line.couponId);
    }
    if (this.#lines.size === 0 && this.#parked.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }
  }

  async #resolveUnloaded(
    couponId: number,
    status: 'not-ready' | 'unmanaged',
    applicants: readonly Applicant[],
  ): Promise<void> {
    const parkedMax = this.#options.inflightMax * PARKED_SHARE_MAX;
    for (const applicant of applicants) {
      // They must not take the places of those whose coupon is open.
      if (this.#parked.size < parkedMax) this.#parked.add(applicant);
      else this.#context.settle(applicant, decisions.notReady);
    }
    let outcome = 'not-ready';
    try {
      if (status === 'unmanaged') outcome = await this.#adopt(couponId);
      else if ((await this.#options.exists(couponId)) === 'no') outcome = 'absent';
    } catch (error) {
      this.#options.reportError(error);
    }
    if (outcome === 'adopted') {
      this.#lineOf(couponId).readmit(applicants.filter((applicant) => this.#parked.delete(applicant)));
      return;
    }
    for (const applicant of applicants) {
      if (!this.#parked.has(applicant)) continue;
      if (outcome === 'absent') this.#unpark(applicant, decisions.unknownCoupon);
      else {
        void this.#options.decideNotInRedis(couponId, applicant.userId).then((decision) => {
          this.#unpark(applicant, decision);
        });
      }
    }
  }

  /** The answer or the deadline, the earlier one. Nothing was issued to any of them. */
  #unpark(applicant: Applicant, decision: Decision): void {
    if (this.#parked.delete(applicant)) this.#context.settle(applicant, decision);
  }

  /** However many batches meet the unmanaged coupon, it is adopted once. */
  #adopt(couponId: number): Promise<string> {
    let adoption = this.#adoptions.get(couponId);
    if (!adoption) {
      adoption = this.#options.adopt(couponId).finally(() => this.#adoptions.delete(couponId));
      this.#adoptions.set(couponId, adoption);
    }
    return adoption;
  }
}
