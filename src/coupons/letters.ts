// What operators do with dead letters, with a record of it.
import { redrive, resolve } from '../recovery/dead-letters.ts';
import { audited } from './audited.ts';
import type { Order } from './move.ts';
import type { CouponServers } from './preload.ts';

type Stores = Pick<CouponServers, 'redis' | 'database'>;

/** @returns how many were sent back to MySQL */
export function redriveLetters(
  { redis, database }: Stores,
  { couponId, actor }: Order,
  ids: readonly string[] | 'all',
): Promise<number> {
  const detail = ids === 'all' ? 'asked for all of them' : `asked for ${ids.length}: ${ids.join(' ')}`;
  return audited(database, { actor, action: 'redrive', couponId, detail }, () => redrive(redis, couponId, ids));
}

/** @returns how many were given up */
export function resolveLetters(
  { redis, database }: Stores,
  { couponId, actor }: Order,
  ids: readonly string[],
  reason: string,
): Promise<number> {
  const detail = `asked for ${ids.length}: ${reason}`;
  return audited(database, { actor, action: 'resolve', couponId, detail }, () =>
    resolve(redis, database, couponId, ids, reason),
  );
}
