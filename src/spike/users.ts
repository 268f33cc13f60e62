// Who asks in a spike: users with consecutive numbers. As texts they have as many digits each, so that their order is
// that of the numbers, and a range of them is a range in MySQL.
import { type UserKey, userIdType } from '../user-id.ts';

const DIGITS = 16;

export function spikeUser(number: number): UserKey {
  return userIdType === 'text' ? `spike|${String(number).padStart(DIGITS, '0')}` : number;
}
