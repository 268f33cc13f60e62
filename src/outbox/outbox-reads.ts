// What the consumer asks of Redis: to read outboxes now, or to wait until one of them has an entry.
import type { Redis } from 'ioredis';
import { CONSUMER_GROUP, couponKeys } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import type { RawEntry } from './entry-receiver.ts';
import { epochOf } from './epoch.ts';

/** Reads new entries. Any other position is the id after which own pending entries are read first. */
export const NEW = '>';
export const FROM_START = '0';

export interface ReadOrder {
  /** Those that come first are read first. */
  readonly outboxes: readonly { readonly couponId: number; readonly position: string }[];
  /** Of each outbox, at most. */
  readonly entriesMax: number;
  /** Rows that may be read; one entry is read even if it has more. */
  readonly roomRows: number;
  /** The most rows of one entry. */
  readonly entryRows: number;
}

export interface Found {
  readonly couponId: number;
  /** As it was when the entries were read. */
  readonly epoch: number;
  readonly entries: readonly RawEntry[];
  /** From where to go on. */
  readonly position: string;
}

export interface ReadAnswer {
  /** So many outboxes were read, the first ones: then there was no more room. */
  readonly visited: number;
  readonly found: readonly Found[];
  /** More entries are known to be there, or may be. */
  readonly more: boolean;
}

type Item = [index: number, epoch: string | null, pending: number, more: number, entries: RawEntry[]];

/** lua/read-outboxes.lua. */
export async function readOutboxes(redis: Redis, name: string, order: ReadOrder): Promise<ReadAnswer> {
  const keys: string[] = [];
  const args: (string | number)[] = [CONSUMER_GROUP, name, order.entriesMax, order.roomRows, order.entryRows];
  for (const { couponId, position } of order.outboxes) {
    const { outbox, meta } = couponKeys(couponId);
    keys.push(outbox, meta);
    args.push(position);
  }
  const [visited, ...items] = (await runScript(redis, 'read-outboxes', keys, args)) as [number, ...Item[]];
  const found: Found[] = [];
  let more = visited < order.outboxes.length;
  for (const [index, epoch, pending, mayHaveMore, entries] of items) {
    const { couponId, position } = order.outboxes[index - 1] as ReadOrder['outboxes'][number];
    const last = entries.at(-1)?.[0] ?? position;
    found.push({ couponId, epoch: epochOf(epoch), entries, position: pending === 1 ? last : NEW });
    more ||= mayHaveMore === 1;
  }
  return { visited, found, more };
}

/**
 * Waits for an entry of any outbox. It is pending then, without an epoch: it is to be read again, from `position` on.
 * @returns nothing if none came within the time
 */
export async function waitForEntry(
  redis: Redis,
  name: string,
  coupons: readonly number[],
  withinMs: number,
): Promise<{ readonly couponId: number; readonly position: string }[]> {
  const byKey = new Map(coupons.map((couponId) => [couponKeys(couponId).outbox, couponId]));
  const args = ['GROUP', CONSUMER_GROUP, name, 'COUNT', 1, 'BLOCK', withinMs, 'STREAMS', ...byKey.keys()];
  // In lower case: ioredis knows the shape of the reply, and that the command blocks, by this very name.
  const read = redis.call('xreadgroup', ...args, ...coupons.map(() => NEW));
  const reply = (await read) as [string, RawEntry[]][] | null;
  return (reply ?? []).flatMap(([key, entries]) =>
    entries.slice(0, 1).map(([id]) => ({ couponId: byKey.get(key) as number, position: before(id) })),
  );
}

const LAST_COUNTER = '18446744073709551615';

/** The id before this one. */
function before(id: string): string {
  const [ms = '', counter = ''] = id.split('-');
  if (counter !== '0') return `${ms}-${BigInt(counter) - 1n}`;
  return ms === '0' ? FROM_START : `${BigInt(ms) - 1n}-${LAST_COUNTER}`;
}
