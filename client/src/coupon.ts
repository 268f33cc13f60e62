// What anyone may see of a coupon, and the countdown to its opening.
// Promise: a page that watches costs one request in some seconds, at moments that differ from page to page: after the
// opening as well as before it.
import type { ServerClock } from './server-clock.ts';
import type { Timing } from './timing.ts';
import type { Answer, Transport } from './transport.ts';

export type CouponState = 'SCHEDULED' | 'OPEN' | 'PAUSED' | 'SOLD_OUT' | 'CLOSED';

/** As the server answers it. Times are ISO 8601; null: no bound. */
export interface Coupon {
  readonly couponId: number;
  /** These three are null if the server can't know them now. */
  readonly name: string | null;
  readonly discountType: 'FIXED' | 'PERCENT' | null;
  readonly discountAmount: number | null;
  readonly state: CouponState;
  readonly opensAt: string | null;
  readonly closesAt: string | null;
  readonly total: number;
  readonly remaining: number;
}

export interface CouponStatus {
  /** As it was read last; null: there is no such coupon, or it was never read. */
  readonly coupon: Coupon | null;
  /** By the server's clock: SCHEDULED turns to OPEN at the opening, before the server was asked again. */
  readonly state: CouponState | null;
  /** Milliseconds until the opening by the server's clock; null unless `state` is SCHEDULED. */
  readonly opensInMs: number | null;
  /** Whether the last request was answered; false also if `headers` failed, so that it was not sent. */
  readonly online: boolean;
}

export interface WatchParts {
  readonly timing: Timing;
  readonly clock: ServerClock;
  readonly transport: Transport;
  readonly openingSpreadMs: number;
}

/** Samples that the clock takes at first, one soon after the other. */
const FIRST_LOOKS = 5;
const TICK_MS = 1000;

/** @returns the answer, with the coupon if it has one; each is a sample for the clock */
export async function readCoupon(
  couponId: number,
  { clock, transport }: Pick<WatchParts, 'clock' | 'transport'>,
  signal: AbortSignal,
): Promise<{ answer: Answer; coupon: Coupon | null }> {
  const answer = await transport.send('GET', `/api/v2/coupons/${couponId}`, signal);
  const { body, sentMs, endedMs, status } = answer;
  if (status !== 200 || body.couponId !== couponId) return { answer, coupon: null };
  if (typeof body.serverTime === 'string') clock.add(Date.parse(body.serverTime), sentMs, endedMs);
  return { answer, coupon: body as unknown as Coupon };
}

/**
 * Calls `listener` at each change, and at each second of the countdown, until the signal is aborted.
 * @param goesOn a look for which `headers` gives nothing counts as not answered; otherwise it ends the watch
 */
export async function watchCoupon(
  couponId: number,
  parts: WatchParts,
  signal: AbortSignal,
  listener: (status: CouponStatus) => void,
  goesOn = false,
): Promise<void> {
  const { timing, clock } = parts;
  let coupon: Coupon | null = null;
  for (let looks = 1; !signal.aborted; looks++) {
    const { answer, coupon: read } = await readCoupon(couponId, parts, signal).catch((error: unknown) => {
      if (!goesOn || signal.aborted) throw error;
      return { answer: null, coupon: null };
    });
    const online = read !== null || answer?.code === 'NOT_FOUND_COUPON';
    if (online) coupon = read;
    const show = () => {
      const status = statusOf(coupon, clock, online);
      listener(status);
      return status;
    };
    const { state, opensInMs } = show();
    const waitMs = looksAgainInMs({ state, opensInMs, online, looks, ...parts }) + (answer?.retryAfterMs ?? 0);
    const untilMs = timing.monotonicMs() + waitMs;
    for (let left = waitMs; left > 0 && !signal.aborted; left = untilMs - timing.monotonicMs()) {
      const { opensInMs: opensIn } = statusOf(coupon, clock, online);
      // To the next whole second of the countdown.
      await timing.sleep(Math.min(left, opensIn === null ? left : opensIn % TICK_MS || TICK_MS), signal);
      if (opensIn !== null && !signal.aborted) show();
      if (clock.isDoubtful) break;
    }
  }
}

function statusOf(coupon: Coupon | null, clock: ServerClock, online: boolean): CouponStatus {
  const opensAt = coupon?.state === 'SCHEDULED' ? coupon.opensAt : null;
  const opensInMs = opensAt === null ? null : Date.parse(opensAt) - clock.now();
  const isOpening = opensInMs !== null && opensInMs <= 0;
  const state = isOpening ? 'OPEN' : (coupon?.state ?? null);
  return { coupon, state, opensInMs: isOpening ? null : opensInMs, online };
}

type Moment = Pick<CouponStatus, 'state' | 'opensInMs' | 'online'> &
  Pick<WatchParts, 'timing' | 'openingSpreadMs'> & { readonly looks: number };

/** Each wait is between its length and twice as long. */
function looksAgainInMs({ state, opensInMs, online, looks, timing, openingSpreadMs }: Moment): number {
  const spread = (ms: number) => ms * (1 + timing.random());
  if (!online) return spread(2000);
  if (looks < FIRST_LOOKS) return spread(200);
  if (opensInMs !== null) {
    const openedMs = opensInMs + timing.random() * openingSpreadMs;
    return Math.min(openedMs, spread(opensInMs > 60_000 ? 20_000 : 5000));
  }
  return spread(state === 'OPEN' ? 2000 : state === 'CLOSED' || state === null ? 15_000 : 4000);
}
