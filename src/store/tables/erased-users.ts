// The table `erased_user`: pseudonyms, and whom one stands for while an erasure is under way. Once it is done nothing
// here leads from a pseudonym to a user. Also the statements that replace a user everywhere else in the database.
import { pseudonymOf, sqlPseudonym, type UserKey, userFromSql } from '../../user-id.ts';
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

/** Numbers of all pseudonyms that were given. */
export async function listPseudonymNumbers(database: Queries): Promise<number[]> {
  return (await database.query<{ pseudonym: number }>('SELECT pseudonym FROM erased_user')).map((row) => row.pseudonym);
}

/** @returns the pseudonym of an erasure that was begun and not seen to end */
export async function findPseudonym(database: Queries, userId: UserKey): Promise<UserKey | null> {
  const [row] = await database.query<{ pseudonym: number }>('SELECT pseudonym FROM erased_user WHERE user_id = ?', [
    userId,
  ]);
  return row ? pseudonymOf(row.pseudonym) : null;
}

/** @throws OperationalError ER_DUP_ENTRY if another erasure of the user has begun meanwhile */
export async function insertPseudonym(database: Executes, userId: UserKey): Promise<UserKey> {
  const { insertId } = await database.execute(
    'INSERT INTO erased_user (user_id, requested_at) VALUES (?, UTC_TIMESTAMP(3))',
    [userId],
  );
  return pseudonymOf(insertId);
}

/** From now on no one can find out whom the pseudonym stands for. */
export async function forgetUser(database: Executes, userId: UserKey): Promise<void> {
  await database.execute('UPDATE erased_user SET user_id = NULL, completed_at = UTC_TIMESTAMP(3) WHERE user_id = ?', [
    userId,
  ]);
}

export interface Replacement {
  readonly userId: UserKey;
  readonly pseudonym: UserKey;
}

/** Replacements of a coupon that MySQL has and Redis may not have. */
export async function readUnappliedErasures(
  database: Queries,
  couponId: number,
  version: number,
): Promise<Replacement[]> {
  const rows = await database.query<{ userId: number | string; pseudonym: number }>(
    `SELECT DISTINCT e.user_id AS userId, e.pseudonym
       FROM erased_user e JOIN coupon_audit a ON a.user_id = ${sqlPseudonym('e.pseudonym')}
      WHERE e.user_id IS NOT NULL AND a.result = 'RECORDED' AND a.coupon_id = ? AND a.action = 'erase'
        AND a.version_after <= ?`,
    [couponId, version],
  );
  return rows.map(({ userId, pseudonym }) => ({ userId: userFromSql(userId), pseudonym: pseudonymOf(pseudonym) }));
}

export interface UnfinishedErasure extends Replacement {
  readonly requestedAt: Date;
}

/** Oldest first. */
export async function listUnfinished(database: Queries, limit: number): Promise<UnfinishedErasure[]> {
  const rows = await database.query<{ userId: number | string; pseudonym: number; requestedAt: Date }>(
    `SELECT user_id AS userId, pseudonym, requested_at AS requestedAt FROM erased_user
      WHERE user_id IS NOT NULL ORDER BY pseudonym LIMIT ?`,
    [limit],
  );
  return rows.map(({ userId, pseudonym, requestedAt }) => ({
    userId: userFromSql(userId),
    pseudonym: pseudonymOf(pseudonym),
    requestedAt,
  }));
}

export async function countUnfinished(database: Queries): Promise<number> {
  const [row] = await database.query<{ n: number }>('SELECT COUNT(user_id) AS n FROM erased_user');
  return Number(row?.n ?? 0);
}

/** Coupons in which a pseudonym has taken a user's place, and Redis may not have it. */
export async function listUnappliedCoupons(database: Queries, pseudonym: UserKey): Promise<number[]> {
  const rows = await database.query<{ couponId: number }>(
    `SELECT DISTINCT coupon_id AS couponId FROM coupon_audit
      WHERE user_id = ? AND action = 'erase' AND result = 'RECORDED'`,
    [pseudonym],
  );
  return rows.map(({ couponId }) => Number(couponId));
}

/** Users of erasures under way whose pseudonym has a row, or a resolved dead letter, of this coupon already. */
export async function listReplaced(database: Queries, couponId: number): Promise<UserKey[]> {
  const pseudonym = sqlPseudonym('e.pseudonym');
  const rows = await database.query<{ userId: number | string }>(
    `SELECT e.user_id AS userId FROM erased_user e
      WHERE e.user_id IS NOT NULL
        AND (EXISTS (SELECT 1 FROM user_coupon u WHERE u.coupon_id = ? AND u.user_id = ${pseudonym})
          OR EXISTS (SELECT 1 FROM dead_letter_resolution d WHERE d.coupon_id = ? AND d.user_id = ${pseudonym}))`,
    [couponId, couponId],
  );
  return rows.map(({ userId }) => userFromSql(userId));
}

/** Coupons of which the database has something of this user: a row, a resolved dead letter, an audit record. */
export async function listCouponsOfUser(database: Queries, userId: UserKey): Promise<number[]> {
  const rows = await database.query<{ couponId: number }>(
    `SELECT coupon_id AS couponId FROM user_coupon WHERE user_id = ?
      UNION SELECT coupon_id FROM dead_letter_resolution WHERE user_id = ?
      UNION SELECT coupon_id FROM coupon_audit WHERE user_id = ?`,
    [userId, userId, userId],
  );
  return rows.map(({ couponId }) => Number(couponId));
}

/** @returns how many records of all tables named the user */
export async function replaceInCoupon(tx: Executes, couponId: number, replacement: Replacement): Promise<number> {
  const values = [replacement.pseudonym, couponId, replacement.userId];
  const rows = await tx.execute('UPDATE user_coupon SET user_id = ? WHERE coupon_id = ? AND user_id = ?', values);
  const letters = await tx.execute(
    'UPDATE dead_letter_resolution SET user_id = ? WHERE coupon_id = ? AND user_id = ?',
    values,
  );
  const records = await tx.execute('UPDATE coupon_audit SET user_id = ? WHERE coupon_id = ? AND user_id = ?', values);
  return rows.affectedRows + letters.affectedRows + records.affectedRows;
}

export interface TextOfUser {
  readonly id: number;
  readonly text: string;
}

/** Details of audit records in which the characters of this id stand, and some others. */
export function listAuditDetails(database: Queries, userId: UserKey): Promise<TextOfUser[]> {
  return database.query<TextOfUser>('SELECT id, detail AS text FROM coupon_audit WHERE detail LIKE ?', [`%${userId}%`]);
}

export async function replaceAuditDetail(database: Executes, { id, text }: TextOfUser): Promise<void> {
  await database.execute('UPDATE coupon_audit SET detail = ? WHERE id = ?', [text, id]);
}

/** What MySQL said of letters that were given up, and what unreadable ones contained, in which they stand. */
export function listLetterTexts(
  database: Queries,
  userId: UserKey,
): Promise<{ id: number; userId: UserKey | null; refusal: string; raw: string | null }[]> {
  const part = `%${userId}%`;
  return database.query(
    `SELECT id, user_id AS userId, refusal, raw FROM dead_letter_resolution WHERE refusal LIKE ? OR raw LIKE ?`,
    [part, part],
  );
}

export async function replaceLetterTexts(
  database: Executes,
  { id, refusal, raw }: { id: number; refusal: string; raw: string | null },
): Promise<void> {
  await database.execute('UPDATE dead_letter_resolution SET refusal = ?, raw = ? WHERE id = ?', [refusal, raw, id]);
}
