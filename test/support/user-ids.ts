// Users of the tests: numbers in the sources, and ids of the type that this run has (USER_ID_TYPE). As texts they keep
// the order of their numbers, and have what texts may have: signs that mean something elsewhere, and both cases.
import { type UserKey, userIdType, userText } from '../../src/user-id.ts';

const DIGITS = 16;
const ENDS = ['|Auth0', ':b.', '/u+=_', '@Kim-'];

/** The user of this number; an id is left as it is. */
export function userOf(user: number | string): UserKey {
  if (userIdType === 'number') return Number(user);
  return typeof user === 'string' ? user : `${String(user).padStart(DIGITS, '0')}${ENDS[user % ENDS.length]}`;
}

export function userIdOf(user: number | string): string {
  return userText(userOf(user));
}

/** The number of a user; a pseudonym, or an id of another kind, is left as it is. */
export function numberOf(key: UserKey): UserKey {
  const number = Number.parseInt(String(key), 10);
  return [String(number), userOf(number)].includes(key) ? number : key;
}
