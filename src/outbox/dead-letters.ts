// Dead letters: rows that MySQL refused for good. An operator sends them back once the cause is repaired (redrive), or
// gives them up with a reason that is kept (resolve). The user stays a holder in Redis either way.
import type { Redis } from 'ioredis';
import { couponKeys } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import { streamPages, streamPagesUntilNow } from '../redis/stream-pages.ts';
import type { Database } from '../store/database.ts';
import { deleteResolution, insertResolution } from '../store/tables/dead-letters.ts';
import { readUserKey, type UserKey } from '../user-id.ts';

export interface DeadLetter {
  /** Stream id in coupon:{id}:dead. */
  readonly id: string;
  /** Null, like sequence and issuedAt, if the outbox entry could not be read; then `raw` has what it contained. */
  readonly userId: UserKey | null;
  readonly sequence: number | null;
  readonly issuedAt: Date | null;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
  /** When it was given up, by Redis' clock. */
  readonly at: Date;
  readonly raw: string | null;
}

/** A rebuild reads the dead letters and the outbox one after the other: nothing may move between them meanwhile. */
export class CouponIsRebuilt extends Error {
  constructor() {
    super('the coupon is being rebuilt');
    this.name = 'CouponIsRebuilt';
  }
}

const PAGE_MAX = 1000;

/** Oldest first; `after` is the last id of the page before. */
export async function listDeadLetters(
  redis: Redis,
  couponId: number,
  { after = '', limit = PAGE_MAX }: { after?: string; limit?: number } = {},
): Promise<DeadLetter[]> {
  const { dead } = couponKeys(couponId);
  const entries = await redis.xrange(dead, after === '' ? '-' : `(${after}`, '+', 'COUNT', limit);
  return entries.map(([id, fields]) => readLetter(id, fields));
}

/** All that are there, oldest first. */
export async function* deadLetterPages(redis: Redis, couponId: number): AsyncGenerator<DeadLetter[]> {
  for await (const page of streamPages(redis, couponKeys(couponId).dead, PAGE_MAX)) {
    yield page.map(([id, fields]) => readLetter(id, fields));
  }
}

export async function findDeadLetter(redis: Redis, couponId: number, id: string): Promise<DeadLetter | null> {
  const [entry] = await redis.xrange(couponKeys(couponId).dead, id, id);
  return entry ? readLetter(entry[0], entry[1]) : null;
}

/**
 * Appends an outbox entry with the row's own sequence and moment, and deletes the letter, in one step each.
 * @param ids dead letter ids, or all there are now
 * @returns how many were sent back; unreadable ones (`raw`) are left where they are
 * @throws CouponIsRebuilt; pages of letters before may have been sent
 */
export async function redrive(redis: Redis, couponId: number, ids: readonly string[] | 'all'): Promise<number> {
  const { dead, outbox, rebuildLock } = couponKeys(couponId);
  let sent = 0;
  const send = async (some: readonly string[]): Promise<void> => {
    const moved = (await runScript(redis, 'redrive', [dead, outbox, rebuildLock], some)) as number;
    if (moved < 0) throw new CouponIsRebuilt();
    sent += moved;
  };
  if (ids !== 'all') {
    for (let start = 0; start < ids.length; start += PAGE_MAX) await send(ids.slice(start, start + PAGE_MAX));
    return sent;
  }
  // Up to the newest letter of this moment: one that fails again returns behind it, and must not be sent in circles.
  for await (const page of streamPagesUntilNow(redis, dead, PAGE_MAX)) await send(page.map(([id]) => id));
  return sent;
}

/**
 * Gives letters up: each is recorded in MySQL with the reason, then deleted from Redis. A crash in between leaves both;
 * resolving again ends it.
 * @returns how many were resolved
 */
export async function resolve(
  redis: Redis,
  database: Database,
  couponId: number,
  ids: readonly string[],
  reason: string,
): Promise<number> {
  const { dead } = couponKeys(couponId);
  let resolved = 0;
  for (const id of ids) {
    const [entry] = await redis.xrange(dead, id, id);
    if (!entry) continue;
    const { reason: refusal, ...letter } = readLetter(entry[0], entry[1]);
    const recorded = await insertResolution(database, { ...letter, couponId, refusal, reason });
    if ((await redis.xdel(dead, id)) === 1) resolved++;
    // Redriven meanwhile: its row will be there, and nothing needs to be explained.
    else if (recorded) await deleteResolution(database, couponId, id);
  }
  return resolved;
}

function readLetter(id: string, fields: readonly string[]): DeadLetter {
  const letter = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2)
    letter.set(fields[index] as string, fields[index + 1] as string);
  const number = (name: string): number | null => (letter.has(name) ? Number(letter.get(name)) : null);
  const issuedAtMs = number('issuedAt');
  return {
    id,
    userId: readUserKey(letter.get('user') ?? ''),
    sequence: number('sequence'),
    issuedAt: issuedAtMs === null || Number.isNaN(new Date(issuedAtMs).getTime()) ? null : new Date(issuedAtMs),
    code: letter.get('code') ?? 'UNKNOWN',
    reason: letter.get('reason') ?? '',
    attempts: number('attempts') ?? 0,
    at: new Date(number('at') ?? 0),
    raw: letter.get('raw') ?? null,
  };
}
