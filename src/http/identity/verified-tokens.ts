// Tokens that were verified a moment ago, so that a user's next request costs a digest instead of a signature check.
// Kept under their SHA-256, and the token itself is not kept. Bounded in number and age (I6).
import { createHash } from 'node:crypto';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import type { UserId } from '../../user-id.ts';

const ENTRIES_MAX = 50_000;
const AGE_MAX_MS = 60_000;

interface Entry {
  readonly userId: UserId;
  readonly untilMs: number;
}

export class VerifiedTokens {
  readonly #nowMs: () => number;
  /** In the order of their verification. */
  readonly #entries = new BoundedMap<string, Entry>(ENTRIES_MAX);

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  clear(): void {
    this.#entries.clear();
  }

  digest(token: string): string {
    return createHash('sha256').update(token).digest('base64url');
  }

  find(digest: string): string | null {
    const entry = this.#entries.peek(digest);
    if (!entry) return null;
    if (this.#nowMs() < entry.untilMs) return entry.userId;
    this.#entries.delete(digest);
    return null;
  }

  add(digest: string, userId: UserId, expiresAtMs: number): void {
    this.#entries.set(digest, { userId, untilMs: Math.min(expiresAtMs, this.#nowMs() + AGE_MAX_MS) });
  }
}
