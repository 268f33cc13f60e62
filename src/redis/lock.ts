// A lock in Redis: a key that holds its owner's token and expires. It does not protect by itself, since its owner may stand
// still past the expiry: each script that writes under it compares the token.
import type { Redis } from 'ioredis';
import { runScript } from './scripts.ts';

/** Longer than any pause of a healthy process, short enough to wait for after a crash. */
export const LOCK_MS = 5000;

/** @returns false where somebody else holds it */
export async function takeLock(redis: Redis, key: string, token: string): Promise<boolean> {
  if ((await redis.set(key, token, 'PX', LOCK_MS, 'NX')) === 'OK') return true;
  // Redis expires by the wall clock: one that was set back would keep the lock of a dead process for as long. No owner
  // ever asks for more than LOCK_MS.
  const [holder, leftMs] = await Promise.all([redis.get(key), redis.pttl(key)]);
  if (holder !== null && (leftMs === -1 || leftMs > LOCK_MS)) await releaseLock(redis, key, holder);
  return false;
}

/** An expired lock is not taken again: somebody else may have held it in between. */
export async function renewLock(redis: Redis, key: string, token: string): Promise<boolean> {
  return (await runScript(redis, 'renew-lock', [key], [token, LOCK_MS])) === 1;
}

export async function releaseLock(redis: Redis, key: string, token: string): Promise<void> {
  await runScript(redis, 'release-lock', [key], [token]);
}
