// What this worker was answered by Redis in the last seconds: who was granted which number. So a user who asks right
// after the grant is answered without MySQL, which may not even have the row yet.
// Assumes that the caller has just seen in Redis that the user is a holder: what was revoked or lost since is no longer
// one. A grant counts only in the history (epoch) that it belongs to, for a later one may have given its number again.
// The path of a decision pays one array entry a batch: users are indexed when the first of them asks. Grants are kept
// in two generations, of which the older one is dropped as a whole. Bounded in age and users (I6). A crash forgets all
// of it; the stores have it.
import type { UserId } from '../user-id.ts';
import type { DecidedReply } from './issue-script.ts';

/** For at most so long the answer says ISSUED, whatever other software makes of the row meanwhile. */
export const RECENT_MS = 5000;
const GENERATION_MS = RECENT_MS / 2;
/** Some 100 bytes each once they are indexed. */
const GENERATION_USERS_MAX = 50_000;
const GRANTED = 'i'.charCodeAt(0);

export interface Grant {
  readonly sequence: number;
  readonly issuedAtMs: number;
}

/** Of a reply of lua/issue.lua, at `nowMs` of Redis' clock. */
type Decided = Pick<DecidedReply, 'epoch' | 'codes' | 'firstSequence' | 'nowMs'>;

interface Batch {
  readonly couponId: number;
  readonly users: readonly UserId[];
  readonly decided: Decided;
  /** When it arrived, monotonic. */
  readonly atMs: number;
}

interface Indexed extends Grant {
  readonly epoch: number;
}

class Generation {
  readonly beganMs: number;
  users = 0;
  #unindexed: Batch[] = [];
  readonly #byCoupon = new Map<number, Map<UserId, Indexed>>();
  /** When the last grant of a user came, of any coupon. */
  readonly #lastMs = new Map<UserId, number>();

  constructor(beganMs: number) {
    this.beganMs = beganMs;
  }

  add(batch: Batch): void {
    this.#unindexed.push(batch);
    this.users += batch.users.length;
  }

  find(couponId: number, user: UserId): Indexed | undefined {
    this.#index();
    return this.#byCoupon.get(couponId)?.get(user);
  }

  lastMs(user: UserId): number {
    this.#index();
    return this.#lastMs.get(user) ?? Number.NEGATIVE_INFINITY;
  }

  #index(): void {
    if (this.#unindexed.length === 0) return;
    for (const { couponId, users, decided, atMs } of this.#unindexed) {
      const { codes, epoch, nowMs } = decided;
      let grants = this.#byCoupon.get(couponId);
      if (!grants) {
        grants = new Map();
        this.#byCoupon.set(couponId, grants);
      }
      let sequence = decided.firstSequence;
      for (let index = 0; index < users.length; index++) {
        if (codes.charCodeAt(index) !== GRANTED) continue;
        const user = users[index] as UserId;
        grants.set(user, { sequence: sequence++, issuedAtMs: nowMs, epoch });
        this.#lastMs.set(user, atMs);
      }
    }
    this.#unindexed = [];
  }
}

export class RecentGrants {
  readonly #now: () => number;
  #newer: Generation;
  #older: Generation;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#newer = new Generation(now());
    this.#older = this.#newer;
  }

  add(couponId: number, users: readonly UserId[], decided: Decided): void {
    // What Redis does not say the history of is not kept.
    if (decided.epoch === 0 || !decided.codes.includes('i')) return;
    const atMs = this.#turn();
    if (this.#newer.users + users.length > GENERATION_USERS_MAX) {
      this.#older = this.#newer;
      this.#newer = new Generation(atMs);
    }
    this.#newer.add({ couponId, users, decided, atMs });
  }

  /** The user's grant in this history of the coupon; null if this worker does not know of one. */
  find(couponId: number, user: UserId, epoch: number): Grant | null {
    this.#turn();
    for (const generation of [this.#newer, this.#older]) {
      const grant = generation.find(couponId, user);
      if (grant) return grant.epoch === epoch ? grant : null;
    }
    return null;
  }

  /** Whether this worker saw a grant of the user, of any coupon, since then (monotonic, and not long ago). */
  isGrantedSince(user: UserId, sinceMs: number): boolean {
    this.#turn();
    return this.#newer.lastMs(user) >= sinceMs || this.#older.lastMs(user) >= sinceMs;
  }

  /** Drops what is too old. @returns now */
  #turn(): number {
    const nowMs = this.#now();
    const ageMs = nowMs - this.#newer.beganMs;
    if (ageMs >= GENERATION_MS) {
      this.#older = ageMs >= RECENT_MS ? new Generation(nowMs) : this.#newer;
      this.#newer = new Generation(nowMs);
    }
    return nowMs;
  }
}
