import { type Coupon, type CouponStatus, readCoupon, type WatchParts, watchCoupon } from './coupon.ts';
import { Intent, type IntentParts } from './intent.ts';
import { type IssueResult, RequestRefused } from './issue-result.ts';
import { ServerClock } from './server-clock.ts';
import { platformTiming, type Timing } from './timing.ts';
import { Transport, type TransportOptions } from './transport.ts';

export interface ClientOptions extends TransportOptions {
  /** The server's ISSUE_DEADLINE_MS. Default: 2,000, as the server's. */
  readonly issueDeadlineMs?: number;
  /** Requests that wait for the opening are sent within this time after it, at a random moment. Default: 500. */
  readonly openingSpreadMs?: number;
}

export interface IssueOptions {
  /** Stops waiting. A request that was sent may still be executed: the next `issue` finds out. */
  readonly signal?: AbortSignal;
  /** The result comes by then, retries included; with `waitForOpening`, from the opening on. Default: 20,000. */
  readonly withinMs?: number;
  /** If the coupon opens later: wait, and ask then. */
  readonly waitForOpening?: boolean;
  /** 1 to 255 visible ASCII characters, to continue an intent of before (a reload, for instance). Default: random. */
  readonly idempotencyKey?: string;
}

interface Reporting {
  readonly reportError?: (error: unknown) => void;
}

/** One user of one server. */
export class CouponClient {
  /** The server's time, which is set by each view of a coupon that was read. */
  readonly clock: ServerClock;
  readonly #intents = new Map<number, Intent>();
  readonly #watch: WatchParts;
  readonly #parts: IntentParts;

  constructor(options: ClientOptions, timing: Timing = platformTiming) {
    const { issueDeadlineMs = 2000, openingSpreadMs = 500 } = options;
    this.clock = new ServerClock(timing);
    const transport = new Transport(options, timing);
    this.#watch = { timing, transport, clock: this.clock, openingSpreadMs };
    this.#parts = {
      timing,
      transport,
      issueDeadlineMs,
      untilOpen: (couponId, signal) => this.#untilOpen(couponId, signal),
    };
  }

  /**
   * Asks for the coupon, and settles what comes of it. A call during another one for the same coupon joins it, with its
   * options: there is never a second request at once.
   * @throws RequestRefused; the signal's reason; what `headers` throws
   */
  async issue(couponId: number, options: IssueOptions = {}): Promise<IssueResult> {
    const { signal, withinMs = 20_000, waitForOpening = false, idempotencyKey = randomKey() } = options;
    const intent = this.#intents.get(couponId) ?? new Intent(couponId, idempotencyKey, this.#parts);
    this.#intents.set(couponId, intent);
    try {
      return await intent.join({ withinMs, waitForOpening }, signal);
    } finally {
      if (!intent.isOpen && this.#intents.get(couponId) === intent) this.#intents.delete(couponId);
    }
  }

  /**
   * One look at the coupon.
   * @returns null if it can't be read now
   * @throws RequestRefused, with code NOT_FOUND_COUPON if there is no such coupon; the signal's reason
   */
  async coupon(couponId: number, signal: AbortSignal = new AbortController().signal): Promise<Coupon | null> {
    const { answer, coupon } = await readCoupon(couponId, this.#watch, signal);
    if (coupon === null && answer.status >= 400 && answer.status < 429) throw new RequestRefused(answer);
    return coupon;
  }

  /**
   * Calls the listener with the coupon's state and the countdown to its opening: at each change, each second before the
   * opening, and each few seconds after it. If the listener throws, its error is reported as one that is not caught
   * (in Node: on the console), and the watch goes on; so it does if `headers` fails.
   * @returns a function that stops it, as the signal does
   */
  watch(couponId: number, listener: (status: CouponStatus) => void, signal?: AbortSignal): () => void {
    const controller = new AbortController();
    const stop = () => controller.abort();
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    const show = (status: CouponStatus) => {
      try {
        listener(status);
      } catch (error) {
        // Node has no such function.
        ((globalThis as Reporting).reportError ?? console.error)(error);
      }
    };
    watchCoupon(couponId, this.#watch, controller.signal, show, true).catch((error: unknown) => {
      if (!controller.signal.aborted) throw error;
    });
    return stop;
  }

  async #untilOpen(couponId: number, signal: AbortSignal): Promise<void> {
    const { timing, openingSpreadMs } = this.#watch;
    const found = new AbortController();
    const leave = () => found.abort();
    signal.addEventListener('abort', leave);
    let waited = false;
    const watching = watchCoupon(couponId, this.#watch, found.signal, ({ state, online }) => {
      if (state === 'SCHEDULED') waited = true;
      else if (online) found.abort();
    });
    await watching.catch((error: unknown) => {
      if (!found.signal.aborted) throw error;
    });
    signal.removeEventListener('abort', leave);
    signal.throwIfAborted();
    if (waited) await timing.sleep(timing.random() * openingSpreadMs, signal);
  }
}

function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
