// A lock in Redis: a key that holds its owner's token and expires. It does not protect by itself, since its owner may
// stand still past the expiry: each script that writes under it compares the token.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { runScript } from './scripts.ts';

/** Longer than any pause of a healthy process, short enough to wait for after a crash. */
export const LOCK_MS = 5000;

/** After its start a process may meet a lock of the process that it replaces; later, only of a namesake that lives. */
const SUCCESSION_MS = 10_000;

/**
 * Who takes locks: a process with a name that no other running process has, as a persister. Its predecessor of the same
 * name has ended, so a lock that it left need not expire first.
 */
export class LockOwner {
  readonly #name: string;
  readonly #instance: string;
  readonly #sinceMs = performance.now();

  constructor(name: string) {
    this.#name = `${name}/`;
    this.#instance = `${name}/${randomUUID()}/`;
  }

  newToken(): string {
    return this.#instance + randomUUID();
  }

  isSuccessorOf(token: string): boolean {
    if (performance.now() - this.#sinceMs > SUCCESSION_MS) return false;
    return token.startsWith(this.#name) && !token.startsWith(this.#instance);
  }
}

/** @returns false if another process holds it */
export async function takeLock(redis: Redis, key: string, token: string, owner?: LockOwner): Promise<boolean> {
  if ((await redis.set(key, token, 'PX', LOCK_MS, 'NX')) === 'OK') return true;
  // Redis expires by the wall clock: one that was set back would keep the lock of a dead process for as long. No owner
  // ever asks for more than LOCK_MS.
  const [holder, leftMs] = await Promise.all([redis.get(key), redis.pttl(key)]);
  if (holder === null) return false;
  if (owner?.isSuccessorOf(holder)) {
    await releaseLock(redis, key, holder);
    return (await redis.set(key, token, 'PX', LOCK_MS, 'NX')) === 'OK';
  }
  if (leftMs === -1 || leftMs > LOCK_MS) await releaseLock(redis, key, holder);
  return false;
}

/** An expired lock is not taken again: another process may have held it in between. */
export async function renewLock(redis: Redis, key: string, token: string): Promise<boolean> {
  return (await runScript(redis, 'renew-lock', [key], [token, LOCK_MS])) === 1;
}

export async function releaseLock(redis: Redis, key: string, token: string): Promise<void> {
  await runScript(redis, 'release-lock', [key], [token]);
}
