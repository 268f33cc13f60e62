// Users of the tests: numbers in the sources, and ids of the type that this run has (USER_ID_TYPE). As texts they have
// what texts may have: signs that mean something elsewhere, and both cases.
import { isPseudonym, type UserKey, userIdType, userText } from '../../src/user-id.ts';

const PREFIXES = ['auth0|', 'A:b.', '/u+=_', 'kim@shop-'];

/** The user of this number; an id is left as it is. */
export function userOf(user: number | string): UserKey {
  if (userIdType === 'number') return Number(user);
  return typeof user === 'string' ? user : `${PREFIXES[user % PREFIXES.length]}${user}`;
}

export function userIdOf(user: number | string): string {
  return userText(userOf(user));
}

/** The number of a user; a pseudonym, or an id of another kind, is left as it is. */
export function numberOf(key: UserKey): UserKey {
  const digits = userIdType === 'text' && !isPseudonym(key) ? /\d+$/.exec(String(key))?.[0] : undefined;
  const isOurs = digits !== undefined && [digits, userOf(Number(digits))].includes(key);
  return isOurs ? Number(digits) : key;
}
