// Grants that MySQL does not have yet: in the outbox, or among the dead letters. All users of a coupon who wait for
// such a search are looked for in one pass over both streams, page by page (lua/find-holding.lua).
import { couponKeys } from '../redis/keys.ts';
import type { VerifiedPool } from '../redis/verified-pool.ts';
import { Gatherings } from '../runtime/gatherings.ts';
import type { UserId } from '../user-id.ts';
import type { Grant } from './recent-grants.ts';

/** What one call looks through: some 0.3 ms of Redis. */
const PAGE_BYTES = 65_536;
/** Searches at the same time in one worker, of a coupon each: Redis is there to decide. */
const SEARCHES_MAX = 4;
/** For a turn to search, and for one search. */
const TURN_WAIT_MS = 1000;
const SEARCH_MS_MAX = 1000;
const USERS_A_SEARCH = 1000;

/** `unknown`: Redis did not answer, or the streams are too long. `none`: in neither of them. */
export type Unpersisted = Grant | 'none' | 'unknown';

export class UnpersistedGrants {
  readonly #redis: Pick<VerifiedPool, 'run'>;
  readonly #gatherings: Gatherings<number, UserId, Unpersisted>;

  constructor(redis: Pick<VerifiedPool, 'run'>, waitingMax: number) {
    this.#redis = redis;
    this.#gatherings = new Gatherings({
      ask: (couponId, users) => this.#search(couponId, users),
      keysMax: USERS_A_SEARCH,
      callsMax: SEARCHES_MAX,
      waitingMax,
      waitMs: TURN_WAIT_MS,
    });
  }

  /** Never rejects. */
  find(couponId: number, userId: UserId): Promise<Unpersisted> {
    return this.#gatherings.ask(couponId, userId).catch(() => 'unknown' as const);
  }

  async #search(couponId: number, users: readonly UserId[]): Promise<Unpersisted[]> {
    const wanted = new Set(users);
    const found = new Map<UserId, Grant>();
    const untilMs = performance.now() + SEARCH_MS_MAX;
    const { outbox, dead } = couponKeys(couponId);
    // In this order: a refused row moves from the first to the second.
    const isComplete =
      (await this.#searchStream(outbox, wanted, found, untilMs)) &&
      (await this.#searchStream(dead, wanted, found, untilMs));
    return users.map((user) => found.get(user) ?? (isComplete ? 'none' : 'unknown'));
  }

  /** Moves users from `wanted` to `found`. @returns whether the stream was searched to its end, or all were found */
  async #searchStream(
    stream: string,
    wanted: Set<UserId>,
    found: Map<UserId, Grant>,
    untilMs: number,
  ): Promise<boolean> {
    for (let from = '-'; wanted.size > 0; ) {
      if (performance.now() >= untilMs) return false;
      let reply: string[];
      try {
        const call = this.#redis.run(0, 'find-holding', [stream], [[...wanted].join(','), from, PAGE_BYTES]);
        if (call === null) return false;
        reply = (await call) as string[];
      } catch {
        return false;
      }
      for (let at = 1; at < reply.length; at += 3) {
        const user = reply[at] as UserId;
        wanted.delete(user);
        found.set(user, { sequence: Number(reply[at + 1]), issuedAtMs: Number(reply[at + 2]) });
      }
      const last = reply[0] as string;
      if (last === '') return true;
      from = `(${last}`;
    }
    return true;
  }
}
