// What one HTTP worker knows of sold-out coupons, so that it answers for them without asking Redis. A user who is no
// holder is answered "sold out", a holder "already issued", a user whose coupon was revoked "revoked". Each answer is
// as true as if Redis had been asked a moment ago.
//
// Promise: both lists of users are complete (read after the coupon was sold out, counted against Redis' own count). Any
// change of the coupon drops it: at once by the change feed, and within VALID_MS if the feed is lost. Redis is asked
// for all that is not known for certain: while the list is built, above `holdersMax`, and in the last second before
// closing.
// A crash loses nothing: the next worker learns it again.
import { couponKeys } from '../redis/keys.ts';
import { type UserId, userKey } from '../user-id.ts';
import { type Decision, decisions } from './decision.ts';
import { newUserSet, type UserSet } from './user-set.ts';

/** What Redis said up to a moment is believed for this long after it. */
const VALID_MS = 1000;
/**
 * A proof costs one Redis command. The rest of VALID_MS is for its way, and for a process that has to wait for a core.
 */
const PROVE_AFTER_MS = 600;
const TICK_MS = PROVE_AFTER_MS / 2;
/** Proofs go on for so long after the last request, so that the next one need not ask Redis. */
const KEEP_PROVING_MS = 30_000;
/** One page takes Redis about half a millisecond. */
const PAGE_USERS = 2000;
const CLOSING_MARGIN_MS = 1000;
const COUPONS_MAX = 1000;
const RETRY_MS = 250;
/** After a list was dropped, Redis is busy with the next one for at most this part of the time. */
const BUILD_SHARE_MAX = 0.1;
const TOO_MANY_RETRY_MS = 30_000;

/** What a worker may say by itself. */
export type LocalDecision = Extract<Decision, { kind: 'sold-out' | 'already-issued' | 'revoked' }>;

export interface SoldOutFeed {
  readonly provenMs: number;
  prove(): void;
  read(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> | null;
}

export interface SoldOutOptions {
  readonly feed: SoldOutFeed;
  /** Holders and revoked users of all known coupons together; each takes 12 to 24 bytes, a UUID some 56 (I6). */
  readonly holdersMax: number;
  readonly reportError: (error: unknown) => void;
  readonly now?: () => number;
}

interface Known {
  readonly holders: UserSet;
  readonly revoked: UserSet;
  /** When the clock may change the answer. */
  readonly untilMs: number;
}

type SetName = 'holders' | 'revoked';

/** Of lua/holders-page.lua. The first page of the holders counts both sets; in others the counts are 0. */
interface Page {
  readonly redisMs: number;
  readonly closesAtMs: number;
  readonly holders: number;
  readonly revoked: number;
  readonly cursor: string;
  readonly users: readonly UserId[];
}

interface Attempt {
  running: boolean;
  /** The coupon was changed since it began. */
  outdated: boolean;
  /** Ids that its list has room for, counted in the bound of all. */
  reserved: number;
  notBeforeMs: number;
}

export class SoldOutKnowledge {
  readonly #options: SoldOutOptions;
  readonly #now: () => number;
  readonly #known = new Map<number, Known>();
  readonly #attempts = new Map<number, Attempt>();
  /** Runs while a coupon is known, or worth learning. */
  #timer: NodeJS.Timeout | undefined;
  /** Ids that all lists have room for. */
  #reserved = 0;
  #lastAskedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SoldOutOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The decision that Redis would give; null if it must be asked. */
  answer(couponId: number, userId: UserId): LocalDecision | null {
    const known = this.#known.get(couponId);
    if (known === undefined) return null;
    const nowMs = this.#now();
    this.#lastAskedMs = nowMs;
    const ageMs = nowMs - this.#options.feed.provenMs;
    if (ageMs > PROVE_AFTER_MS) this.#options.feed.prove();
    if (ageMs > VALID_MS || nowMs >= known.untilMs) return null;
    const user = userKey(userId);
    if (known.holders.has(user)) return decisions.alreadyIssued;
    return known.revoked.size > 0 && known.revoked.has(user) ? decisions.revoked : decisions.soldOut;
  }

  /** Redis has said that nothing is left: worth learning. Cheap, and called often. */
  suspect(couponId: number): void {
    const nowMs = this.#now();
    const known = this.#known.get(couponId);
    if (known && nowMs < known.untilMs) return;
    this.#drop(couponId);
    let attempt = this.#attempts.get(couponId);
    if (!attempt) {
      if (this.#attempts.size >= COUPONS_MAX) return;
      attempt = { running: false, outdated: false, reserved: 0, notBeforeMs: 0 };
      this.#attempts.set(couponId, attempt);
      this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    }
    if (attempt.running || nowMs < attempt.notBeforeMs) return;
    void this.#learn(couponId, attempt);
  }

  /** The coupon changed; null: any may have. */
  forget(couponId: number | null): void {
    const changed = couponId === null ? [...this.#known.keys(), ...this.#attempts.keys()] : [couponId];
    for (const id of changed) {
      this.#drop(id);
      const attempt = this.#attempts.get(id);
      if (attempt) attempt.outdated = true;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.forget(null);
  }

  async #learn(couponId: number, attempt: Attempt): Promise<void> {
    const startMs = this.#now();
    attempt.running = true;
    attempt.outdated = false;
    attempt.reserved = 0;
    let retryMs = RETRY_MS;
    try {
      const outcome = await this.#readUsers(couponId, attempt);
      if (outcome === 'too-many') retryMs = TOO_MANY_RETRY_MS;
      else if (outcome && !attempt.outdated) {
        this.#known.set(couponId, outcome);
        this.#options.feed.prove();
      }
    } catch (error) {
      this.#options.reportError(error);
    } finally {
      const endMs = this.#now();
      attempt.running = false;
      attempt.notBeforeMs = endMs + Math.max(retryMs, (endMs - startMs) / BUILD_SHARE_MAX);
      if (!this.#known.has(couponId)) this.#reserved -= attempt.reserved;
    }
  }

  /** null if it is not sold out, can't be read now, or was changed meanwhile. */
  async #readUsers(couponId: number, attempt: Attempt): Promise<Known | 'too-many' | null> {
    const first = await this.#readPage(couponId, 'holders', '0', attempt);
    if (!first) return null;
    const { redisMs, closesAtMs } = first;
    const count = first.holders + first.revoked;
    if (this.#reserved + count > this.#options.holdersMax) return 'too-many';
    this.#reserved += count;
    attempt.reserved = count;
    const known: Known = {
      holders: newUserSet(first.holders),
      revoked: newUserSet(first.revoked),
      untilMs: closesAtMs > 0 ? this.#now() + closesAtMs - redisMs - CLOSING_MARGIN_MS : Number.POSITIVE_INFINITY,
    };
    if (!(await this.#readSet(couponId, 'holders', first, known.holders, attempt))) return null;
    if (first.revoked === 0) return known;
    const revoked = await this.#readPage(couponId, 'revoked', '0', attempt);
    return revoked && (await this.#readSet(couponId, 'revoked', revoked, known.revoked, attempt)) ? known : null;
  }

  /** @returns whether all of the set were read, as many as Redis counted before */
  async #readSet(couponId: number, set: SetName, first: Page, into: UserSet, attempt: Attempt): Promise<boolean> {
    for (let page: Page | null = first; page; page = await this.#readPage(couponId, set, page.cursor, attempt)) {
      for (const user of page.users) if (!into.add(userKey(user))) return false;
      if (page.cursor === '0') return into.size === into.capacity;
    }
    return false;
  }

  /** null if it is not sold out, can't be read now, or was changed meanwhile. */
  async #readPage(couponId: number, set: SetName, cursor: string, attempt: Attempt): Promise<Page | null> {
    const { stock, holders, meta, revoked } = couponKeys(couponId);
    const reply = await this.#options.feed.read(
      'holders-page',
      [stock, holders, meta, revoked],
      [set, cursor, PAGE_USERS],
    );
    if (!Array.isArray(reply) || reply.length === 0 || attempt.outdated) return null;
    const [redisMs, closesAtMs, held, taken, next, users] = reply as [number, number, number, number, string, UserId[]];
    return { redisMs, closesAtMs, holders: held, revoked: taken, cursor: next, users };
  }

  #drop(couponId: number): void {
    const known = this.#known.get(couponId);
    if (!known) return;
    this.#known.delete(couponId);
    this.#reserved -= known.holders.capacity + known.revoked.capacity;
  }

  #tick(): void {
    const nowMs = this.#now();
    const wanted = this.#known.size > 0 && nowMs - this.#lastAskedMs < KEEP_PROVING_MS;
    if (wanted && nowMs - this.#options.feed.provenMs > PROVE_AFTER_MS - TICK_MS / 2) this.#options.feed.prove();
    for (const [id, { running, notBeforeMs }] of this.#attempts) {
      if (!running && nowMs >= notBeforeMs && !this.#known.has(id)) this.#attempts.delete(id);
    }
    if (this.#attempts.size === 0 && this.#known.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
