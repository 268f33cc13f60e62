// What a user is, said once: which texts are an id, how it is kept, compared, and written as SQL and JSON. Of two forms
// (USER_ID_TYPE) a process has one from its first moment to its end: schemas, scripts and statements are made of it
// while modules load, and number ids cost what they would without the other form. The database records its type, and a
// process of another one is refused (src/store/user-id-type.ts).
import type { UserIdForm } from './user-id-form.ts';
import { numberIds } from './user-id-number.ts';
import { textIds } from './user-id-text.ts';

/** As text, canonical: one user has one spelling. In a header, in a request on its way to Redis, in an outbox entry. */
export type UserId = string;

/** As a value: in a row, in JSON, and where many are held and compared. In one process all are of one type. */
export type UserKey = number | string;

// What is neither type is refused where settings are read (src/config.ts).
const ids = (process.env.USER_ID_TYPE === 'text' ? textIds : numberIds) as UserIdForm<UserKey>;

export const userIdType = ids.type;
export const luaUserPatterns = ids.luaPatterns;
/** For people, to whom a text is refused. */
export const USER_ID_MEANING = ids.meaning;
/** JSON Schema of a key from outside. */
export const userIdSchema = ids.schema;
/** JSON Schema of a key that is stored: a pseudonym too. */
export const storedUserSchema = ids.storedSchema;
export const userIdExample = ids.example;
/** The type of a column of ids. */
export const USER_SQL_TYPE = ids.sqlType;
/** What ends an id in a name that goes on behind it: no id has it. */
export const USER_ID_END = ids.keyEnd;

/** From outside: a header, the `sub` of a token. An erased user's pseudonym is none: it belongs to no one. */
export const isUserId: (text: string) => text is UserId = ids.isUserId;
/** In Redis only what isUserId() has let in is written: whether it has the form is enough, and cheaper. */
export const isStoredUser: (text: string) => text is UserId = ids.isStored;
/** Ids joined by commas, as an outbox entry has them. */
export const isStoredUserList: (text: string) => boolean = ids.isStoredList;
export const userKey: (user: UserId) => UserKey = ids.key;
export const userText: (key: UserKey) => UserId = ids.text;
/** @returns null if the text, such as a field of a dead letter, is no id */
export const readUserKey: (text: string) => UserKey | null = ids.readKey;
/** From a person: one spelling only. @returns null if the text is neither an id nor a pseudonym */
export const readStoredUser: (text: string) => UserKey | null = ids.readStored;
/** The one order of users. */
export const sortUsers: (users: Iterable<UserId>) => UserId[] = ids.sort;
/** From a row. A BIGINT is a text beyond 2^53. */
export const userFromSql: (value: number | string) => UserKey = ids.fromSql;
/** As userFromSql, as text: exact also beyond 2^53. */
export const userTextFromSql: (value: number | string) => UserId = ids.textFromSql;
/** One id, or ids joined by commas, that are known to be ids: as literals of a list. */
export const usersToSqlList: (users: string) => string = ids.toSqlList;
/** The same, as elements of a JSON array. */
export const usersToJson: (users: string) => string = ids.toJsonArray;
/** As JSON text: what JSON.stringify() makes of its key. */
export const userJsonText: (user: UserId) => string = ids.jsonText;

// Pseudonyms stand for users who were erased (src/coupons/erase.ts). They are ids to every column, script and
// comparison, and no user can have one: the issue API refuses them.

/** @param number of the table `erased_user` */
export const pseudonymOf: (number: number) => UserKey = ids.pseudonym;
export const isPseudonym: (key: UserKey) => boolean = ids.isPseudonym;
/** SQL: the pseudonym as it stands in columns of ids. @param column with its number */
export const sqlPseudonym: (column: string) => string = ids.sqlPseudonym;

/** Source of a regular expression that finds an id among other text. */
export const userInText: (key: UserKey) => string = ids.inText;
/** The same in what was said of this user: also right beside other signs. */
export const userInOwnText: (key: UserKey) => string = ids.inOwnText;
/** The same behind the word `user` of a sentence. */
export const userInSentence: (key: UserKey) => string = ids.inSentence;
