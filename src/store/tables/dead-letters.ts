// The table `dead_letter_resolution`: dead letters that an operator gave up, each with the reason. They explain a
// number and a holder without a row.
import { OperationalError } from '../../errors.ts';
import { type UserId, type UserKey, userFromSql } from '../../user-id.ts';
import type { Statements } from '../database.ts';
import type { Numbered } from './issuances.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

export interface Resolved {
  readonly userId: UserKey;
  readonly sequence: number;
  readonly issuedAt: Date | null;
}

/** Of one coupon: those that had a user and a number. */
export async function readResolvedLetters(database: Queries, couponId: number): Promise<Resolved[]> {
  const rows = await database.query<Resolved>(
    `SELECT user_id AS userId, sequence, issued_at AS issuedAt FROM dead_letter_resolution
      WHERE coupon_id = ? AND user_id IS NOT NULL AND sequence IS NOT NULL`,
    [couponId],
  );
  return rows.map(({ userId, sequence, issuedAt }) => ({
    userId: userFromSql(userId),
    sequence: Number(sequence),
    issuedAt,
  }));
}

export async function readResolvedNumbers(database: Queries, couponId: number): Promise<Numbered[]> {
  const letters = await readResolvedLetters(database, couponId);
  return letters.map(({ userId, sequence }) => ({ user: userId, sequence }));
}

/** @returns null if no letter of this user was given up, or its number or time is not known */
export async function readResolvedOf(
  database: Queries,
  couponId: number,
  userId: UserId,
): Promise<{ sequence: number; issuedAt: Date } | null> {
  const [letter] = await database.query<{ sequence: number | null; issuedAt: Date | null }>(
    'SELECT sequence, issued_at AS issuedAt FROM dead_letter_resolution WHERE coupon_id = ? AND user_id = ?',
    [couponId, userId],
  );
  if (!letter || letter.sequence === null || letter.issuedAt === null) return null;
  return { sequence: letter.sequence, issuedAt: letter.issuedAt };
}

/** By user, of those among these users that have a letter that was given up, with its number and time known. */
export async function readResolvedUsers(
  database: Queries,
  couponId: number,
  users: readonly UserKey[],
): Promise<Map<UserKey, { readonly sequence: number; readonly issuedAt: Date }>> {
  const letters = await database.query<{ userId: UserKey; sequence: number; issuedAt: Date }>(
    `SELECT user_id AS userId, sequence, issued_at AS issuedAt FROM dead_letter_resolution
      WHERE coupon_id = ? AND user_id IN (?) AND sequence IS NOT NULL AND issued_at IS NOT NULL`,
    [couponId, users],
  );
  return new Map(
    letters.map(({ userId, sequence, issuedAt }) => [userFromSql(userId), { sequence: Number(sequence), issuedAt }]),
  );
}

export interface Resolution {
  readonly couponId: number;
  /** Of the letter in the stream. */
  readonly id: string;
  readonly userId: UserKey | null;
  readonly sequence: number | null;
  readonly issuedAt: Date | null;
  readonly code: string;
  readonly refusal: string;
  readonly raw: string | null;
  readonly reason: string;
}

const TEXT_LENGTH_MAX = 500;

/** @returns false if the record was there already */
export async function insertResolution(database: Executes, letter: Resolution): Promise<boolean> {
  try {
    await database.execute(
      `INSERT INTO dead_letter_resolution
         (coupon_id, dead_id, user_id, sequence, issued_at, code, refusal, raw, reason, resolved_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
      [
        letter.couponId,
        letter.id,
        letter.userId,
        letter.sequence,
        letter.issuedAt,
        letter.code,
        letter.refusal.slice(0, TEXT_LENGTH_MAX),
        letter.raw,
        letter.reason.slice(0, TEXT_LENGTH_MAX),
      ],
    );
    return true;
  } catch (error) {
    // ON DUPLICATE KEY UPDATE would need a right to change what is on record.
    if (error instanceof OperationalError && error.code === 'ER_DUP_ENTRY') return false;
    throw error;
  }
}

export async function deleteResolution(database: Executes, couponId: number, id: string): Promise<void> {
  await database.execute('DELETE FROM dead_letter_resolution WHERE coupon_id = ? AND dead_id = ?', [couponId, id]);
}

/** The next letters of a user after a record's id, in the order in which they were given up. */
export function readResolvedAfter(
  database: Queries,
  couponId: number,
  after: number,
  limit: number,
): Promise<{ readonly id: number; readonly userId: UserKey; readonly sequence: number | null }[]> {
  return database.query<{ id: number; userId: UserKey; sequence: number | null }>(
    `SELECT id, user_id AS userId, sequence FROM dead_letter_resolution
      WHERE coupon_id = ? AND id > ? AND user_id IS NOT NULL ORDER BY id LIMIT ?`,
    [couponId, after, limit],
  );
}
