// What the page of one coupon shows: figures by the stream, and what is read once after each move.
import { useCallback } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import type { AuditRecord, CouponOverview } from '../../api-types.ts';
import { changes, couponInLook, look } from '../../live.ts';
import { type Loaded, useLoad, useRereading } from '../../load.ts';
import { useLoadAfterMoves } from '../../load-after-moves.ts';
import { may } from '../../session-state.ts';

const REREAD_MS = 5000;
const MOVES_SHOWN = 30;

export interface CouponRead {
  /** The newest of it; null: there is none, or not yet. */
  readonly coupon: CouponOverview | null;
  readonly issuedPerSecond: number | null;
  readonly read: Loaded<Answer<'readCoupon'>>;
  readonly moves: Loaded<readonly AuditRecord[]>;
  /** Reads it again after a change. @returns what it is now */
  onChanged(): Promise<CouponOverview>;
}

export function useCoupon(couponId: number): CouponRead {
  const read = useLoadAfterMoves(
    (signal) => call('readCoupon', { path: { couponId }, signal }),
    [couponId],
    ({ mysql, redis }) => mysql === 'ok' && redis === 'ok',
  );
  const { reload, replace } = read;
  const live = couponInLook(couponId);
  const coupon = newest(read.data, live);
  // A draft changes by moves only. A loaded coupon is in the look, but for the oldest of very many.
  const isUnseen = live === null && read.data !== undefined && read.data.live !== null;
  const isRead = !isUnseen && (read.error === null || read.error.code === 'NOT_FOUND_COUPON');
  useRereading(reload, REREAD_MS, !isRead);
  const moves = useLoad<readonly AuditRecord[]>(
    may('listAudit')
      ? (signal) =>
          call('listAudit', { query: { couponId, limit: MOVES_SHOWN }, signal }).then(({ records }) => records)
      : null,
    [couponId, changes.value, look.value?.mysql, coupon?.version],
  );
  const onChanged = useCallback(async () => {
    const now = await call('readCoupon', { path: { couponId } });
    replace(now);
    return now;
  }, [couponId, replace]);
  return { coupon, issuedPerSecond: live?.issuedPerSecond ?? null, read, moves, onChanged };
}

/**
 * The look is newer in its figures. What MySQL knows comes from the reading if the look has none of it, or an older
 * version: after a change the reading is there first.
 */
function newest(read: CouponOverview | undefined, live: CouponOverview | null): CouponOverview | null {
  if (live === null) return read ?? null;
  if (read === undefined) return live;
  if ((read.version ?? 0) > (live.version ?? 0)) return read;
  const known = Object.fromEntries(Object.entries(live).filter(([, value]) => value !== null));
  return { ...read, ...known, live: live.live, held: live.held };
}
