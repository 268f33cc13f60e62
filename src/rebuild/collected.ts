// What the steps of one rebuild hand on to each other.
import type { CouponKeys } from '../redis/keys.ts';
import type { Stores } from '../stores.ts';
import type { CouponRow } from './epoch.ts';
import type { RebuildLock } from './lock.ts';
import type { SequenceSet } from './sequence-set.ts';

export interface Rebuild extends Pick<Stores, 'redis' | 'database'> {
  readonly keys: CouponKeys;
  readonly coupon: CouponRow;
  readonly lock: RebuildLock;
  /** Called with the number of rows read so far. */
  readonly report: (rows: number) => void;
}

export interface Collected {
  readonly sequences: SequenceSet;
  /** Rows read, revoked ones included. */
  rows: number;
  /** Users in the staging set. */
  holders: number;
  /** Users taken out of outbox entries that contradict the rows. */
  superseded: number;
}
