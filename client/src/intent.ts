// One wish of the user for one coupon, from the click to its one true result.
// Promise: one request at a time, all under one Idempotency-Key; a refusal is returned only once no earlier request of
// the intent can be executed any more; the result comes by the deadline.
// Assumes of the server: a request is executed within its `ISSUE_DEADLINE_MS` or never. So a request without an answer
// is settled by what the user holds; that they hold nothing is final once this time has passed.
import { type IssueResult, RequestRefused, readHolding, readIssue, unknown } from './issue-result.ts';
import { afterMs, type Timing } from './timing.ts';
import type { Answer, Transport } from './transport.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface IntentParts {
  readonly timing: Timing;
  readonly transport: Transport;
  /** The server's ISSUE_DEADLINE_MS. */
  readonly issueDeadlineMs: number;
  /** Resolves when the coupon may be open. */
  readonly untilOpen: (couponId: number, signal: AbortSignal) => Promise<void>;
}

export interface RunOptions {
  readonly withinMs: number;
  readonly waitForOpening: boolean;
}

interface Run {
  readonly controller: AbortController;
  readonly result: Promise<IssueResult>;
  callers: number;
}

/** Between the click, or the opening, and the deadline. */
interface Attempts {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** A repeated POST after this time would leave no time to settle it. */
  readonly lastAskMs: number;
  asked: boolean;
  /** The next request is the GET. */
  looks: boolean;
  failures: number;
  /** What the server decided, to be returned if no earlier request was granted. */
  refusal: IssueResult | null;
  retryAfterMs: number | null;
}

const OUT_OF_TIME = new Error('the time for this intent is over');
/** For a request that arrived just when its connection broke. */
const MARGIN_MS = 200;
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 4000;
/** Retry-After is in whole seconds: without as much jitter on top, all would return on the second. */
const RETRY_AFTER_UNIT_MS = 1000;

export class Intent {
  readonly couponId: number;
  readonly #key: string;
  readonly #parts: IntentParts;
  #run: Run | null = null;
  /** Monotonic: that the user holds nothing is final if it was asked from then on. null: no request is open. */
  #finalFromMs: number | null = null;

  constructor(couponId: number, key: string, parts: IntentParts) {
    this.couponId = couponId;
    this.#key = key;
    this.#parts = parts;
  }

  /** Running, or with a request of which it is not known whether it was executed. */
  get isOpen(): boolean {
    return this.#run !== null || this.#finalFromMs !== null;
  }

  /** Joins the run that there is, or starts one. It is stopped when all its callers have left. */
  async join(options: RunOptions, signal: AbortSignal | undefined): Promise<IssueResult> {
    signal?.throwIfAborted();
    const run = this.#run && !this.#run.controller.signal.aborted ? this.#run : this.#start(options);
    run.callers += 1;
    try {
      return await unlessAborted(run.result, signal);
    } finally {
      run.callers -= 1;
      if (run.callers === 0) run.controller.abort(signal?.reason);
    }
  }

  #start(options: RunOptions): Run {
    const controller = new AbortController();
    const before = this.#run?.result.catch(() => {});
    const result = Promise.resolve(before)
      .then(() => this.#decide(options, controller.signal))
      .finally(() => {
        if (this.#run === run) this.#run = null;
      });
    const run = { controller, result, callers: 0 };
    this.#run = run;
    return run;
  }

  async #decide({ withinMs, waitForOpening }: RunOptions, signal: AbortSignal): Promise<IssueResult> {
    const { untilOpen, timing } = this.#parts;
    for (;;) {
      if (waitForOpening) await untilOpen(this.couponId, signal);
      const result = await this.#settleWithin(withinMs, signal);
      if (!waitForOpening || result.kind !== 'notOpen') return result;
      // Our clock is ahead, or the opening was postponed.
      await timing.sleep(BACKOFF_MS * (1 + timing.random()), signal);
    }
  }

  async #settleWithin(withinMs: number, outer: AbortSignal): Promise<IssueResult> {
    const limit = new AbortController();
    const leave = () => limit.abort(outer.reason);
    outer.addEventListener('abort', leave);
    outer.throwIfAborted();
    const { timing, issueDeadlineMs } = this.#parts;
    const callOff = afterMs(timing, withinMs, () => limit.abort(OUT_OF_TIME));
    const deadlineMs = timing.monotonicMs() + withinMs;
    const attempts: Attempts = {
      signal: limit.signal,
      deadlineMs,
      lastAskMs: deadlineMs - Math.min(issueDeadlineMs + 2 * MARGIN_MS, withinMs / 4),
      asked: false,
      looks: this.#finalFromMs !== null,
      failures: 0,
      refusal: null,
      retryAfterMs: null,
    };
    try {
      for (;;) {
        const result = await this.#step(attempts);
        if (result) return result;
      }
    } catch (error) {
      if (error !== OUT_OF_TIME) throw error;
      return unknown(this.couponId, this.#finalFromMs !== null, attempts.retryAfterMs);
    } finally {
      callOff();
      outer.removeEventListener('abort', leave);
    }
  }

  /** @returns null: not known yet */
  #step(attempts: Attempts): Promise<IssueResult | null> {
    if (attempts.looks) return this.#look(attempts);
    const isLate = attempts.asked && this.#parts.timing.monotonicMs() > attempts.lastAskMs;
    if (!isLate) return this.#ask(attempts);
    if (this.#finalFromMs === null) throw OUT_OF_TIME;
    return this.#look(attempts);
  }

  async #ask(attempts: Attempts): Promise<IssueResult | null> {
    const openBefore = this.#finalFromMs;
    attempts.asked = true;
    const answer = await this.#post(attempts.signal);
    const reading = readIssue(this.couponId, answer);
    if (reading.kind === 'unknown') {
      this.#leaveOpen(answer.sentMs, answer.endedMs, answer.code !== '');
      attempts.looks = true;
      return this.#backOff(attempts, answer);
    }
    switch (reading.kind) {
      case 'busy':
        attempts.looks = openBefore !== null;
        return this.#backOff(attempts, answer);
      case 'refused':
      case 'not-held':
        if (openBefore === null) throw new RequestRefused(answer);
        return unknown(this.couponId, true);
      case 'issued':
      case 'alreadyIssued':
      case 'revoked':
        return this.#close(reading);
    }
    // The server looks for the user among the holders first, so this refusal also settles what can't be executed now.
    if (openBefore === null || answer.sentMs >= openBefore) return this.#close(reading);
    attempts.refusal = reading;
    attempts.looks = true;
    return this.#waitUntilFinal(attempts);
  }

  async #look(attempts: Attempts): Promise<IssueResult | null> {
    const path = `/api/v2/me/coupons/${this.couponId}`;
    const answer = await this.#parts.transport.send('GET', path, attempts.signal);
    const reading = readHolding(this.couponId, answer);
    switch (reading.kind) {
      case 'refused':
        return unknown(this.couponId, true);
      case 'busy':
      case 'unknown':
        // A POST with the same key finds out as well, and does not need MySQL.
        attempts.looks = attempts.refusal !== null;
        return this.#backOff(attempts, answer);
      case 'not-held':
        break;
      default:
        return this.#close(reading);
    }
    if (answer.sentMs >= (this.#finalFromMs ?? 0)) {
      this.#finalFromMs = null;
      if (attempts.refusal) return attempts.refusal;
    }
    attempts.looks = attempts.refusal !== null;
    const asksAgain = !attempts.looks && this.#parts.timing.monotonicMs() <= attempts.lastAskMs;
    return asksAgain || this.#finalFromMs === null ? null : this.#waitUntilFinal(attempts);
  }

  /** However it ends, the intent knows that the request may have been executed. */
  async #post(signal: AbortSignal): Promise<Answer> {
    const path = `/api/v2/me/coupons/${this.couponId}/issue`;
    const startMs = this.#parts.timing.monotonicMs();
    try {
      return await this.#parts.transport.send('POST', path, signal, this.#key);
    } catch (error) {
      if (signal.aborted) this.#leaveOpen(startMs, this.#parts.timing.monotonicMs(), false);
      throw error;
    }
  }

  /** A request that the server has not answered may still be on its way, for as long again as it has been. */
  #leaveOpen(sentMs: number, endedMs: number, hasArrived: boolean): void {
    const wayMs = hasArrived ? 0 : endedMs - sentMs;
    const finalFromMs = endedMs + wayMs + this.#parts.issueDeadlineMs + MARGIN_MS;
    // One that was sent before may come later than this one.
    this.#finalFromMs = Math.max(finalFromMs, this.#finalFromMs ?? 0);
  }

  #close(result: IssueResult): IssueResult {
    this.#finalFromMs = null;
    return result;
  }

  async #waitUntilFinal({ signal }: Attempts): Promise<null> {
    const { timing } = this.#parts;
    await timing.sleep((this.#finalFromMs ?? 0) - timing.monotonicMs(), signal);
    return null;
  }

  /** Full jitter, behind what the server asked for. */
  async #backOff(attempts: Attempts, { retryAfterMs }: Answer): Promise<null> {
    const { timing } = this.#parts;
    attempts.retryAfterMs = retryAfterMs;
    const spreadMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** attempts.failures++);
    const waitMs =
      retryAfterMs === null
        ? timing.random() * spreadMs
        : retryAfterMs + timing.random() * Math.max(spreadMs, RETRY_AFTER_UNIT_MS);
    if (timing.monotonicMs() + waitMs >= attempts.deadlineMs) throw OUT_OF_TIME;
    await timing.sleep(waitMs, attempts.signal);
    return null;
  }
}
