// User ids of USER_ID_TYPE=text: 1 to 64 characters of an alphabet that needs no escaping in JSON, SQL, a Redis key or
// an outbox entry (which joins ids by commas). Compared byte by byte. A key is the text itself.
import type { UserIdForm } from './user-id-form.ts';

const LENGTH_MAX = 64;
const CHARACTERS = 'A-Za-z0-9._:|@+/=-';
/** Begins a pseudonym, and is in no id of a user. */
const PSEUDONYM_MARK = '~';

const FROM_OUTSIDE = new RegExp(`^[${CHARACTERS}]{1,${LENGTH_MAX}}$`);
const STORED_ONE = `[~${CHARACTERS}]{1,${LENGTH_MAX}}`;
const STORED = new RegExp(`^${STORED_ONE}$`);
const STORED_LIST = new RegExp(`^${STORED_ONE}(?:,${STORED_ONE})*$`);

const same = (text: string): string => text;
const escaped = (id: string): string => id.replace(/[.|+/]/g, '\\$&');

export const textIds: UserIdForm<string> = {
  type: 'text',
  meaning: 'one text of 1 to 64 characters of A-Z a-z 0-9 . _ : | @ + / = -',
  schema: { type: 'string', minLength: 1, maxLength: LENGTH_MAX, pattern: `^[${CHARACTERS}]+$` },
  storedSchema: { type: 'string', minLength: 1, maxLength: LENGTH_MAX, pattern: `^[~${CHARACTERS}]+$` },
  example: 'auth0|65f1c2a9b7',
  luaPatterns: {
    one: `[~${CHARACTERS}]+`,
    list: `[~${CHARACTERS}][~,${CHARACTERS}]*`,
    characters: `~${CHARACTERS}`,
  },
  // The `sub` of a token can be any JSON, and a number is no text.
  isUserId: (text): text is string => typeof text === 'string' && FROM_OUTSIDE.test(text),
  isStored: (text): text is string => STORED.test(text),
  isStoredList: (text) => STORED_LIST.test(text),
  key: same,
  text: same,
  readKey: (text) => (STORED.test(text) ? text : null),
  readStored: (text) => (STORED.test(text) ? text : null),
  // By UTF-16 units, which are the bytes here.
  sort: (users) => Array.from(users).sort(),
  // A BIGINT as long as the database is migrated.
  fromSql: String,
  textFromSql: String,
  toSqlList: (users) => `'${users.replaceAll(',', "','")}'`,
  toJsonArray: (users) => `"${users.replaceAll(',', '","')}"`,
  sqlType: `VARCHAR(${LENGTH_MAX}) CHARACTER SET ascii COLLATE ascii_bin`,
  jsonText: (user) => `"${user}"`,
  // An Idempotency-Key may begin with a colon, and an id end with one: `a:` + `b` is not `a` + `:b`.
  keyEnd: ',:',
  pseudonym: (number) => `${PSEUDONYM_MARK}${number}`,
  isPseudonym: (key) => key.startsWith(PSEUDONYM_MARK),
  sqlPseudonym: (column) => `CONVERT(CONCAT('${PSEUDONYM_MARK}', ${column}) USING ascii)`,
  inText: (key) => `(?<![~${CHARACTERS}])${escaped(key)}(?![~${CHARACTERS}])`,
  inOwnText: (key) => `(?<![A-Za-z0-9])${escaped(key)}(?![A-Za-z0-9])`,
  // A full stop or a colon may follow: an id goes on only if a letter or digit comes after them.
  inSentence: (key) => `${escaped(key)}(?![~${CHARACTERS}]*[A-Za-z0-9])`,
};
