// A set of many users in little memory, for the type of user ids that this process has.
import { type UserKey, userIdType } from '../user-id.ts';
import { IdSet } from './id-set.ts';
import { TextIdSet } from './text-id-set.ts';

/** In one process all are of one class. */
export interface UserSet {
  readonly capacity: number;
  readonly size: number;
  has(user: UserKey): boolean;
  /** @returns false if the user is new and the capacity used up: nothing was added */
  add(user: UserKey): boolean;
}

export const newUserSet: (capacity: number) => UserSet =
  userIdType === 'text' ? (capacity) => new TextIdSet(capacity) : (capacity) => new IdSet(capacity);
