// What a user is, said once: which texts are an id, how it is kept, compared, and written as SQL and JSON. Today an id
// is a whole number from 1 to 2^53 - 1. Another form of ids is a change of this file, of the sets that hold many ids
// (src/issuance/id-set.ts) and of a migration; lua/ is handed its patterns (src/redis/scripts.ts).
import { isId } from './ids.ts';
import { isPseudonym } from './pseudonym.ts';

/** As text, canonical: one user has one spelling. In a header, in a request on its way to Redis, in an outbox entry. */
export type UserId = string;

/**
 * As a value: in a row, in JSON, and where many are held and compared. As text a million would take ten times the
 * memory.
 */
export type UserKey = number;

const ONE = '[1-9]\\d{0,15}';
const STORED = new RegExp(`^${ONE}$`);
const STORED_LIST = new RegExp(`^${ONE}(?:,${ONE})*$`);

/** For scripts: patterns of Lua, of one id and of ids joined by commas. The second is coarser. */
export const luaUserPatterns = { one: '[1-9]%d*', list: '[1-9][%d,]*' } as const;

/** For people, to whom a text is refused. */
export const USER_ID_MEANING = 'one decimal from 1 to 9007199254740991, and not one of 16 digits that begins with 9006';

/** JSON Schema of a key. */
export const userIdSchema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

/** From outside: a header, the `sub` of a token. An erased user's pseudonym has this form, and belongs to no one. */
export function isUserId(text: string): text is UserId {
  return isId(text) && !isPseudonym(Number(text));
}

/** In Redis only what isUserId() has let in is written: whether it has the form is enough, and cheaper. */
export function isStoredUser(text: string): text is UserId {
  return STORED.test(text);
}

/** Ids joined by commas, as an outbox entry has them. */
export function isStoredUserList(text: string): boolean {
  return STORED_LIST.test(text);
}

export function userKey(user: UserId): UserKey {
  return Number(user);
}

export function userText(key: UserKey): UserId {
  return String(key);
}

/** @returns null if the text, such as a field of a dead letter, is no id */
export function readUserKey(text: string): UserKey | null {
  const key = Number(text);
  return Number.isSafeInteger(key) && key > 0 ? key : null;
}

/** The one order of users. In one array of numbers: with a comparing function it takes ten times as long. */
export function sortUsers(users: Iterable<UserId>): UserId[] {
  return Array.from(Float64Array.from(users, userKey).sort(), userText);
}

/** From a row: a BIGINT, which is a text beyond 2^53. */
export function userFromSql(value: number | string): UserKey {
  return Number(value);
}

/** As userFromSql, as text: exact also beyond 2^53. */
export function userTextFromSql(value: number | string): UserId {
  return String(value);
}

/**
 * One id, or ids separated by commas, that are known to be ids: as literals of a list, and as elements of a JSON array.
 */
export function usersToSql(users: string): string {
  return users;
}

/** The type of a column of ids. */
export const USER_SQL_TYPE = 'BIGINT';

/** As JSON text: what JSON.stringify() makes of its key. */
export function userJsonText(user: UserId): string {
  return user;
}
