// User ids of USER_ID_TYPE=number: whole numbers from 1 to 2^53 - 1. A key is the number itself.
import { idSchema, isId } from './ids.ts';
import type { UserIdForm } from './user-id-form.ts';

const ONE = '[1-9]\\d{0,15}';
const STORED = new RegExp(`^${ONE}$`);
const STORED_LIST = new RegExp(`^${ONE}(?:,${ONE})*$`);

/** Sixteen digits that begin with 9006: ids that no user can have. */
const PSEUDONYM_FIRST = 9_006_000_000_000_000;
const PSEUDONYM_LAST = 9_006_999_999_999_999;

function isPseudonym(key: number): boolean {
  return key >= PSEUDONYM_FIRST && key <= PSEUDONYM_LAST;
}

export const numberIds: UserIdForm<number> = {
  type: 'number',
  meaning: 'one decimal from 1 to 9007199254740991, and not one of 16 digits that begins with 9006',
  schema: idSchema,
  storedSchema: idSchema,
  example: 1_234_567,
  luaPatterns: { one: '[1-9]%d*', list: '[1-9][%d,]*', characters: '0-9' },
  isUserId: (text): text is string => isId(text) && !isPseudonym(Number(text)),
  isStored: (text): text is string => STORED.test(text),
  isStoredList: (text) => STORED_LIST.test(text),
  key: Number,
  text: String,
  readKey(text) {
    const key = Number(text);
    return Number.isSafeInteger(key) && key > 0 ? key : null;
  },
  readStored: (text) => (isId(text) ? Number(text) : null),
  // In one array of numbers: with a comparing function it takes ten times as long.
  sort: (users) => Array.from(Float64Array.from(users, Number).sort(), String),
  fromSql: Number,
  textFromSql: String,
  toSqlList: (users) => users,
  toJsonArray: (users) => users,
  sqlType: 'BIGINT',
  jsonText: (user) => user,
  keyEnd: ':',
  pseudonym: (number) => number,
  isPseudonym,
  sqlPseudonym: (column) => column,
  inText: (key) => `(?<!\\d)${key}(?!\\d)`,
  inOwnText: (key) => `(?<!\\d)${key}(?!\\d)`,
  inSentence: (key) => `${key}(?!\\d)`,
};
