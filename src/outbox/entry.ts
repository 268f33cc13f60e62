// An outbox entry: the users that one decision batch granted, in the order of their sequence.
// lua/issue.lua writes it in the same step as the holders (I3); lua/redrive.lua writes it again for a dead letter. This
// is the only reader of its layout.
//   s  sequence of the first user; the others follow without a gap
//   t  issuedAt, milliseconds since 1970 by Redis' clock
//   u  user ids, separated by commas
import { isId } from '../ids.ts';
import { isStoredUserList, type UserId } from '../user-id.ts';

/** An entry as the persister carries it: checked, but its users left as the one text that they came in. */
export interface PackedEntry {
  /** Stream id, `milliseconds-counter`. */
  readonly id: string;
  readonly firstSequence: number;
  readonly issuedAtMs: number;
  /** User ids, separated by commas; the n-th has sequence `firstSequence + n`. */
  readonly users: string;
  readonly rows: number;
  /** The coupon's epoch in Redis, asked for before the entry was read. MySQL refuses the rows of an earlier epoch. */
  readonly epoch: number;
}

export interface OutboxEntry {
  /** Stream id, `milliseconds-counter`. */
  readonly id: string;
  readonly firstSequence: number;
  readonly issuedAtMs: number;
  /** The n-th has sequence `firstSequence + n`. */
  readonly users: readonly UserId[];
}

const COMMA = 44;

/**
 * Checks one stream entry.
 * @param fields name, value, name, value …, as Redis answers them
 * @returns null if the entry is not of our layout: something else wrote it
 */
export function packEntry(id: string, fields: readonly string[], epoch: number): PackedEntry | null {
  let first = '';
  let issuedAt = '';
  let users = '';
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const value = fields[index + 1] as string;
    if (fields[index] === 's') first = value;
    else if (fields[index] === 't') issuedAt = value;
    else if (fields[index] === 'u') users = value;
  }
  if (!isId(first) || !isId(issuedAt) || !isStoredUserList(users)) return null;
  let rows = 1;
  for (let index = 0; index < users.length; index++) if (users.charCodeAt(index) === COMMA) rows++;
  const firstSequence = Number(first);
  if (!Number.isSafeInteger(firstSequence + rows)) return null;
  return { id, firstSequence, issuedAtMs: Number(issuedAt), users, rows, epoch };
}

/** As packEntry, with the users apart. */
export function decodeEntry(id: string, fields: readonly string[]): OutboxEntry | null {
  const packed = packEntry(id, fields, 0);
  if (!packed) return null;
  const { firstSequence, issuedAtMs, users } = packed;
  return { id, firstSequence, issuedAtMs, users: users.split(',') };
}
