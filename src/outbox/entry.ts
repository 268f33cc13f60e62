// An outbox entry: the users that one decision batch granted, in the order of their sequence.
// lua/issue.lua writes it in the same step as the holders (I3); this is the only reader of its layout.
//   s  sequence of the first user; the others follow without a gap
//   t  issuedAt, milliseconds since 1970 by Redis' clock
//   u  user ids, canonical decimals, separated by commas

export interface OutboxEntry {
  /** Stream id, `milliseconds-counter`. */
  readonly id: string;
  readonly firstSequence: number;
  readonly issuedAtMs: number;
  /** User ids as canonical decimals; the n-th has sequence `firstSequence + n`. */
  readonly users: readonly string[];
}

const NUMBER = /^[1-9]\d{0,15}$/;
const USERS = /^[1-9]\d{0,15}(,[1-9]\d{0,15})*$/;

/**
 * Decodes one stream entry.
 * @param fields name, value, name, value …, as Redis answers them
 * @returns null where the entry is not of our layout: somebody else wrote it
 */
export function decodeEntry(id: string, fields: readonly string[]): OutboxEntry | null {
  let first = '';
  let issuedAt = '';
  let users = '';
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const value = fields[index + 1] as string;
    if (fields[index] === 's') first = value;
    else if (fields[index] === 't') issuedAt = value;
    else if (fields[index] === 'u') users = value;
  }
  if (!NUMBER.test(first) || !NUMBER.test(issuedAt) || !USERS.test(users)) return null;
  return { id, firstSequence: Number(first), issuedAtMs: Number(issuedAt), users: users.split(',') };
}
