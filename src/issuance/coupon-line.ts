// The applicants of one coupon in one HTTP worker, on their way to Redis.
//
// A lane is a place for one batch in flight; there are as many as decision connections. An applicant who arrives while
// all lanes are busy waits, and goes with the next batch: batches grow with the load by themselves, and cost no timer.
// A lane's batch whose reply was lost stays in the lane, and is sent again under its id until its deadline; the script
// then gives its first reply again. Past the deadline its applicants are answered "unknown" (504), and the lane is
// free: a late copy of the batch is refused by the script, because the deadline has passed.
// A crash of this process leaves nothing behind but answers that were not given.
import type { Metrics } from '../metrics/metrics.ts';
import { couponKeys, memoKey } from '../redis/keys.ts';
import type { UserId } from '../user-id.ts';
import { Batch } from './batch.ts';
import { type Applicant, type Decision, decisions } from './decision.ts';
import { decodeDecisions } from './decode-decisions.ts';
import { type DecidedReply, type IssueReply, issueArguments, readIssueReply } from './issue-script.ts';

/** What a line needs from its surroundings. */
export interface LineContext {
  readonly lanes: number;
  readonly laneName: string;
  readonly batchUsersMax: number;
  readonly outboxRowsMax: number;
  /** Sends to Redis; null if no connection is usable, so that nothing was sent. */
  run(lane: number, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> | null;
  toRedisMs(monotonicMs: number): number;
  observeRedisMs(redisMs: number): void;
  isRedisReply(error: unknown): boolean;
  /** Whether the call failed before anything was sent. */
  isNotSent(error: unknown): boolean;
  settle(applicant: Applicant, decision: Decision): void;
  /** Redis does not have the coupon as it should. Settles the applicants, or gives them back. */
  resolveUnloaded(couponId: number, status: 'not-ready' | 'unmanaged', applicants: readonly Applicant[]): void;
  /** A coupon was issued to a user who sent this Idempotency-Key. */
  issuedUnderKey(couponId: number, userId: UserId, key: string): void;
  /** Redis decided this batch, and has given numbers up to this one. */
  granted(couponId: number, users: readonly UserId[], reply: DecidedReply, lastSequence: number): void;
  /** Redis decided, and nothing is left. */
  soldOut(couponId: number): void;
  reportError(error: unknown): void;
  readonly metrics: Pick<Metrics, 'batches' | 'decisions' | 'sheds'>;
}

interface Lane {
  readonly index: number;
  readonly keys: readonly string[];
  batch: Batch | null;
  /** Whether a call is under way. A lane with a batch and no call waits to send it again. */
  calling: boolean;
  calledAtMs: number;
}

/** Weight of the newest round trip in their moving average. */
const ROUND_TRIP_WEIGHT = 0.2;
/** Round trips that the next round may take, with some that are slower than usual. */
const NEXT_ROUND = 1.5;

export class CouponLine {
  readonly couponId: number;
  readonly #context: LineContext;
  readonly #lanes: readonly Lane[];
  #waiting: Applicant[] = [];
  #flushScheduled = false;
  #roundTripMs = 0;

  constructor(couponId: number, context: LineContext) {
    this.couponId = couponId;
    this.#context = context;
    const { stock, holders, meta, outbox, idempotencyKeys, revoked } = couponKeys(couponId);
    this.#lanes = Array.from({ length: context.lanes }, (_, index) => ({
      index,
      keys: [stock, holders, meta, outbox, memoKey(couponId, `${context.laneName}:${index}`), idempotencyKeys, revoked],
      batch: null,
      calling: false,
      calledAtMs: 0,
    }));
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#lanes.every((lane) => lane.batch === null);
  }

  /**
   * How long an applicant who arrives now will wait, in milliseconds: for a lane, and for the rounds of batches that
   * are before them. A call that is under way for longer than is usual counts with its age, so that a Redis that hangs
   * is noticed.
   */
  predictedWaitMs(nowMs: number): number {
    let roundTripMs = this.#roundTripMs;
    for (const lane of this.#lanes) {
      if (!lane.batch) return 0;
      roundTripMs = Math.max(roundTripMs, nowMs - lane.calledAtMs);
    }
    const rounds = 1 + Math.floor(this.#waiting.length / (this.#lanes.length * this.#context.batchUsersMax));
    return rounds * roundTripMs;
  }

  /**
   * Whether an applicant who arrives now would wait too long. If a round trip alone takes longer than the bound, the
   * next round is still open: otherwise the lanes would go out nearly empty.
   */
  overdue(nowMs: number, delayMaxMs: number): boolean {
    return this.predictedWaitMs(nowMs) > Math.max(delayMaxMs, NEXT_ROUND * this.#roundTripMs);
  }

  admit(applicant: Applicant): void {
    this.#waiting.push(applicant);
    this.scheduleFlush();
  }

  /** Takes back applicants of a batch that Redis did not execute: they were first, so they stay first. */
  readmit(applicants: readonly Applicant[]): void {
    this.#waiting = [...applicants, ...this.#waiting];
    this.scheduleFlush();
  }

  /** Once per turn of the event loop, after all its arrivals. */
  scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  /** Answers each applicant whose deadline has come. */
  sweep(nowMs: number): void {
    for (const lane of this.#lanes) {
      const { batch } = lane;
      if (!batch) continue;
      if (batch.deadlineMs > nowMs) {
        if (!lane.calling) this.scheduleFlush();
        continue;
      }
      lane.batch = null;
      for (const applicant of batch.applicants) this.#context.settle(applicant, decisions.unknown);
      this.scheduleFlush();
    }
    if (this.#waiting.some((applicant) => applicant.deadlineMs <= nowMs)) {
      this.#waiting = this.#waiting.filter((applicant) => {
        if (applicant.deadlineMs > nowMs) return true;
        this.#context.metrics.sheds.countShed('waited');
        this.#context.settle(applicant, decisions.overloaded);
        return false;
      });
    }
  }

  #flush(): void {
    for (const lane of this.#lanes) {
      if (lane.calling) continue;
      if (!lane.batch) {
        const applicants = this.#nextApplicants();
        if (applicants.length === 0) continue;
        lane.batch = new Batch(applicants);
      }
      this.#send(lane, lane.batch);
    }
  }

  /** The next batch's applicants, without those whose client has left: no one would receive the answer. */
  #nextApplicants(): Applicant[] {
    const { batchUsersMax } = this.#context;
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.length <= batchUsersMax ? this.#waiting : this.#waiting.slice(0, batchUsersMax);
      this.#waiting = this.#waiting.length <= batchUsersMax ? [] : this.#waiting.slice(batchUsersMax);
      const present = taken.some(({ gone }) => gone) ? taken.filter((applicant) => this.#stays(applicant)) : taken;
      if (present.length > 0) return present;
    }
    return [];
  }

  #stays(applicant: Applicant): boolean {
    if (!applicant.gone) return true;
    this.#context.metrics.sheds.countShed('client_left');
    this.#context.settle(applicant, decisions.overloaded);
    return false;
  }

  #send(lane: Lane, batch: Batch): void {
    const call = this.#context.run(
      lane.index,
      lane.keys,
      issueArguments({
        batchId: batch.id,
        deadlineRedisMs: this.#context.toRedisMs(batch.deadlineMs),
        outboxRowsMax: this.#context.outboxRowsMax,
        resent: batch.sent > 0,
        users: batch.users,
        keys: batch.keys,
      }),
    );
    if (!call) {
      // Never sent: refused for certain. Sent before: kept, to be settled when there is a connection again.
      if (batch.sent === 0) this.#finish(lane, batch, () => decisions.notReady);
      return;
    }
    batch.sent += 1;
    this.#context.metrics.batches.countBatch(batch.users.length, batch.sent);
    lane.calling = true;
    lane.calledAtMs = performance.now();
    call.then(
      (raw) => {
        lane.calling = false;
        this.#roundTripMs += ROUND_TRIP_WEIGHT * (performance.now() - lane.calledAtMs - this.#roundTripMs);
        this.#receive(lane, batch, raw);
      },
      (error: unknown) => {
        lane.calling = false;
        this.#lose(lane, batch, error);
      },
    );
  }

  #receive(lane: Lane, batch: Batch, raw: unknown): void {
    let reply: IssueReply;
    try {
      reply = readIssueReply(raw, batch.users.length);
    } catch (error) {
      this.#context.reportError(error);
      this.#finish(lane, batch, () => decisions.unknown);
      return;
    }
    // What is remembered has the time of then.
    if (reply.status !== 'remembered') this.#context.observeRedisMs(reply.nowMs);
    // The deadline came first: its applicants are answered.
    if (lane.batch !== batch) {
      this.scheduleFlush();
      return;
    }
    // An earlier copy may have been executed and then forgotten by a Redis that lost its memory: only a decision, or
    // the deadline, settles a batch that was sent before. The sweep sends it again.
    if (batch.sent > 1 && reply.status !== 'decided' && reply.status !== 'remembered') return;
    switch (reply.status) {
      case 'decided':
      case 'remembered':
        this.#decide(lane, batch, reply);
        return;
      case 'late':
        // Nothing executed. An applicant who has time left goes again, with the clock of this reply.
        lane.batch = null;
        this.readmit(batch.applicants);
        return;
      case 'not-ready':
      case 'unmanaged':
        lane.batch = null;
        this.#context.resolveUnloaded(this.couponId, reply.status, batch.applicants);
        this.scheduleFlush();
        return;
      case 'stale':
        this.#finish(lane, batch, () => decisions.unknown);
        return;
      default:
        reply satisfies never;
    }
  }

  #decide(lane: Lane, batch: Batch, reply: DecidedReply): void {
    this.#context.metrics.decisions.countDecisions(this.couponId, reply.codes);
    const { decided, lastSequence, overfull } = decodeDecisions(reply, batch.sent > 1);
    if (overfull > 0) this.#context.metrics.sheds.countShed('outbox_full', overfull);
    this.#finish(lane, batch, (index) => decided[index] as Decision);
    for (let at = 0; at < batch.keys.length; at += 2) {
      const index = (batch.keys[at] as number) - 1;
      if (reply.codes[index] !== 'i') continue;
      this.#context.issuedUnderKey(this.couponId, batch.users[index] as string, batch.keys[at + 1] as string);
    }
    if (reply.status === 'decided') this.#context.granted(this.couponId, batch.users, reply, lastSequence);
    if (reply.left === 0) this.#context.soldOut(this.couponId);
  }

  /**
   * The call failed. What was not sent, or Redis itself refused as the only copy, changed nothing. Anything else leaves
   * the outcome open, and the sweep sends the batch again.
   */
  #lose(lane: Lane, batch: Batch, error: unknown): void {
    if (this.#context.isNotSent(error)) {
      batch.sent -= 1;
      if (lane.batch !== batch) this.scheduleFlush();
      else if (batch.sent === 0) this.#finish(lane, batch, () => decisions.notReady);
      return;
    }
    if (!this.#context.isRedisReply(error)) return;
    this.#context.reportError(error);
    if (lane.batch === batch && batch.sent === 1) this.#finish(lane, batch, () => decisions.notReady);
  }

  #finish(lane: Lane, batch: Batch, decisionOf: (index: number) => Decision): void {
    lane.batch = null;
    for (let index = 0; index < batch.applicants.length; index++) {
      this.#context.settle(batch.applicants[index] as Applicant, decisionOf(index));
    }
    if (this.#waiting.length > 0) this.scheduleFlush();
  }
}
