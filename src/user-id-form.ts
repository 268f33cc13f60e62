// What each form of user ids has to say: src/user-id-number.ts and src/user-id-text.ts.

export const userIdTypes = ['number', 'text'] as const;
export type UserIdType = (typeof userIdTypes)[number];

/** @typeParam Key a user as a value: in a row, in JSON, and in sets */
export interface UserIdForm<Key extends number | string> {
  readonly type: UserIdType;
  /** For people, to whom a text is refused. */
  readonly meaning: string;
  /** JSON Schema of a key from outside. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** JSON Schema of a key that is stored: a pseudonym too. */
  readonly storedSchema: Readonly<Record<string, unknown>>;
  readonly example: Key;
  /** Patterns of Lua: of one id, of ids joined by commas (coarser), and the inside of a set of their characters. */
  readonly luaPatterns: { readonly one: string; readonly list: string; readonly characters: string };
  isUserId(text: string): text is string;
  isStored(text: string): text is string;
  isStoredList(text: string): boolean;
  key(user: string): Key;
  text(key: Key): string;
  /** @returns null if the text, such as a field of a dead letter, is no id */
  readKey(text: string): Key | null;
  /** From a person: one spelling only. @returns null if the text is neither an id nor a pseudonym */
  readStored(text: string): Key | null;
  sort(users: Iterable<string>): string[];
  fromSql(value: number | string): Key;
  textFromSql(value: number | string): string;
  /** Of one id, or ids joined by commas, that are known to be ids: literals of a list. */
  toSqlList(users: string): string;
  /** The same, as elements of a JSON array. */
  toJsonArray(users: string): string;
  /** Type of a column of ids. */
  readonly sqlType: string;
  /** What JSON.stringify() makes of the key. */
  jsonText(user: string): string;
  /** What ends an id in a name that goes on behind it: no id has it. */
  readonly keyEnd: string;
  /** @param number of the table `erased_user` */
  pseudonym(number: number): Key;
  isPseudonym(key: Key): boolean;
  /** SQL: the pseudonym as it stands in columns of ids. @param column with its number */
  sqlPseudonym(column: string): string;
  /** Source of a regular expression: the id among other text. */
  inText(key: Key): string;
  /** The same in what was said of this user: also right beside other signs, as in `Duplicate entry '7-id'`. */
  inOwnText(key: Key): string;
  /** The same behind the word `user`, in a sentence. */
  inSentence(key: Key): string;
}
