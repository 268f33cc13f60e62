// A file of users whose coupons are to be revoked: one id a line. The server checks each id again.
import type { UserId } from '../../api-types.ts';

/** One request has so many at most. */
export const USERS_A_BATCH = 1000;
const USERS_MAX = 100_000;
const SHOWN = 40;
const NUMBER = /^[1-9][0-9]{0,15}$/;
const TEXT = /^[~A-Za-z0-9._:|@+/=-]{1,64}$/;

export interface UserList {
  readonly userIds: readonly UserId[];
  /** Lines that are no user id, by number. Nothing is revoked if there is one. */
  readonly bad: readonly { readonly line: number; readonly text: string }[];
  readonly tooMany: boolean;
}

/**
 * Empty lines and those that begin with # are left out; who is there twice counts once.
 * @param type what ids of this installation are in JSON
 */
export function parseUserList(text: string, type: 'number' | 'text'): UserList {
  const users = new Set<UserId>();
  const bad: { line: number; text: string }[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const user = readUser(line, type);
    if (user === null) bad.push({ line: index + 1, text: line.slice(0, SHOWN) });
    else users.add(user);
  }
  return { userIds: [...users], bad, tooMany: users.size > USERS_MAX };
}

function readUser(line: string, type: 'number' | 'text'): UserId | null {
  if (type === 'text') return TEXT.test(line) ? line : null;
  return NUMBER.test(line) && Number.isSafeInteger(Number(line)) ? Number(line) : null;
}

export function* batchesOf(userIds: readonly UserId[]): Generator<UserId[]> {
  for (let start = 0; start < userIds.length; start += USERS_A_BATCH) {
    yield userIds.slice(start, start + USERS_A_BATCH);
  }
}
