// The type of user ids as a property of the database: recorded once, when its schema is made, and compared with
// USER_ID_TYPE at each start and by each command. So numbers and texts are never mixed in one database.
// A crash while the columns change leaves `to-text`, with which nothing starts; changing them again ends it.
import type { Connection } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';
import { userIdType } from '../user-id.ts';
import type { UserIdType } from '../user-id-form.ts';
import { textIds } from '../user-id-text.ts';
import type { Statements } from './database.ts';
import { connect } from './session.ts';

export type RecordedType = UserIdType | 'to-text';

const CONNECT_TIMEOUT_MS = 5000;
/** No table of this name, no such database, or no right to read it: it is not migrated yet. */
const NOT_THERE: readonly (number | undefined)[] = [1044, 1049, 1142, 1146];
const COLUMNS = [
  ['user_coupon', 'NOT NULL'],
  ['dead_letter_resolution', 'NULL'],
  ['coupon_audit', 'NULL'],
  ['erased_user', 'NULL'],
] as const;
/** As numbers, pseudonyms have 16 digits that begin with 9006. */
const NUMBER_PSEUDONYM = "user_id BETWEEN '9006' AND '9007' AND CHAR_LENGTH(user_id) = 16";

/** @returns null if none is recorded yet. @param database in which the table is, quoted */
export async function readUserIdType(connection: Connection, database?: string): Promise<RecordedType | null> {
  const table = database === undefined ? 'user_id_type' : `${database}.user_id_type`;
  try {
    const [rows] = await connection.query(`SELECT type FROM ${table}`);
    return (rows as { type: RecordedType }[])[0]?.type ?? null;
  } catch (error) {
    if (NOT_THERE.includes((error as { errno?: number }).errno)) return null;
    throw error;
  }
}

/** Of a pool. @returns as describeOtherType() @throws OperationalError */
export async function findOtherType(database: Pick<Statements, 'query'>): Promise<string | null> {
  try {
    const [row] = await database.query<{ type: RecordedType }>('SELECT type FROM user_id_type');
    return describeOtherType(row?.type ?? null, userIdType);
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'ER_NO_SUCH_TABLE') return null;
    throw error;
  }
}

/**
 * For a schema that is up to date and has no type yet. One that was used is of numbers; an empty one gets what is
 * wanted. May be repeated after a crash.
 */
export async function recordUserIdType(connection: Connection, wanted: UserIdType): Promise<void> {
  const [rows] = await connection.query(
    `SELECT EXISTS (SELECT 1 FROM coupon) OR EXISTS (SELECT 1 FROM user_coupon)
         OR EXISTS (SELECT 1 FROM coupon_audit) OR EXISTS (SELECT 1 FROM erased_user) AS used`,
  );
  const used = (rows as { used: number }[])[0]?.used !== 0;
  if (wanted === 'text' && !used) await makeColumnsText(connection);
  await writeType(connection, used ? 'number' : wanted);
}

/** For changing it, by a user that may change the schema. Each step may be repeated after a crash. */
export interface UserIdTypeOfDatabase {
  read(): Promise<RecordedType | null>;
  /** From here on no server starts. */
  begin(): Promise<void>;
  /** Nothing was changed after begin(). */
  giveUp(): Promise<void>;
  /** Numbers become texts of their digits in every table, and pseudonyms get the spelling of texts. */
  changeColumns(): Promise<void>;
  end(): Promise<void>;
  close(): void;
}

/** @throws OperationalError */
export async function openUserIdType(url: string): Promise<UserIdTypeOfDatabase> {
  const { connection } = await connect(url, { timeoutMs: CONNECT_TIMEOUT_MS });
  // It waits while coupons are verified, for longer than a session may be silent.
  await connection.query('SET SESSION wait_timeout = 28800');
  return {
    read: () => readUserIdType(connection),
    begin: () => writeType(connection, 'to-text'),
    giveUp: () => writeType(connection, 'number'),
    async changeColumns() {
      await makeColumnsText(connection);
      for (const [table] of COLUMNS.slice(0, 3)) {
        const marked = textIds.sqlPseudonym('user_id');
        await connection.query(`UPDATE ${table} SET user_id = ${marked} WHERE ${NUMBER_PSEUDONYM}`);
      }
    },
    end: () => writeType(connection, 'text'),
    close: () => connection.destroy(),
  };
}

/** Unique keys stay as they are; comparing and sorting is byte by byte from then on. */
async function makeColumnsText(connection: Connection): Promise<void> {
  for (const [table, nullable] of COLUMNS) {
    await connection.query(`ALTER TABLE ${table} MODIFY user_id ${textIds.sqlType} ${nullable}`);
  }
}

async function writeType(connection: Connection, type: RecordedType): Promise<void> {
  await connection.query(
    `INSERT INTO user_id_type (type, recorded_at) VALUES (?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE type = ?`,
    [type, type],
  );
}

/**
 * Continues the sentence "MySQL at host:port …".
 * @returns null if the types agree, or none is recorded yet
 */
export function describeOtherType(recorded: RecordedType | null, wanted: UserIdType): string | null {
  if (recorded === null || recorded === wanted) return null;
  if (recorded === 'to-text') {
    return (
      'is half way from user ids that are numbers to texts: end it with ' +
      '`couponrush migrate --user-ids text`, and set USER_ID_TYPE=text'
    );
  }
  const same = `set USER_ID_TYPE=${recorded}, or use another database`;
  if (recorded === 'text') return `has user ids that are texts, and USER_ID_TYPE is number: ${same}`;
  return (
    `has user ids that are numbers, and USER_ID_TYPE is text: ${same}. ` +
    'To turn them into texts, stop all servers and run `couponrush migrate --user-ids text`'
  );
}
