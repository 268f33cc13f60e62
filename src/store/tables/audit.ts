// The table `coupon_audit`: who moved which coupon when, from what to what, and what came of it.
// Promise: a move and its record are one transaction. A record that says RECORDED means that Redis may not have the
// move yet; see src/coupons/sync.ts, which brings it there. Of other work (src/coupons/audited.ts) it means that its
// end was not seen.

import type { UserKey } from '../../user-id.ts';
import type { Statements } from '../database.ts';

export type AuditResult = 'RECORDED' | 'APPLIED' | 'REFUSED';

export interface AuditRecord {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly couponId: number;
  readonly userId: UserKey | null;
  readonly versionBefore: number | null;
  readonly versionAfter: number | null;
  /** What the move changed, before and after it. */
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly result: AuditResult;
  readonly detail: string | null;
}

export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly couponId: number;
  readonly userId?: UserKey | null;
  readonly versionBefore?: number | null;
  readonly versionAfter?: number | null;
  readonly before?: object | null;
  readonly after?: object | null;
  readonly result: AuditResult;
  readonly detail?: string | null;
}

const ACTOR_LENGTH_MAX = 150;
const DETAIL_LENGTH_MAX = 500;
/** How long a refusal counts as the same. */
const SAME_REFUSAL_SECONDS = 60;

/** @returns the id of the record */
export async function recordAudit(database: Pick<Statements, 'execute'>, entry: AuditEntry): Promise<number> {
  const { insertId } = await database.execute(
    `INSERT INTO coupon_audit
       (at, actor, action, coupon_id, user_id, version_before, version_after, before_move, after_move, result, detail)
     VALUES (UTC_TIMESTAMP(3), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      entry.actor.slice(0, ACTOR_LENGTH_MAX),
      entry.action,
      entry.couponId,
      entry.userId ?? null,
      entry.versionBefore ?? null,
      entry.versionAfter ?? null,
      entry.before ? JSON.stringify(entry.before) : null,
      entry.after ? JSON.stringify(entry.after) : null,
      entry.result,
      entry.detail?.slice(0, DETAIL_LENGTH_MAX) ?? null,
    ],
  );
  return insertId;
}

/**
 * Of a request that has changed nothing, unless the same was recorded a moment ago: of this actor, move, coupon and
 * code.
 * @param entry couponId 0: of no coupon in particular
 */
export async function recordRefusal(
  database: Pick<Statements, 'query' | 'execute'>,
  entry: Omit<AuditEntry, 'result'>,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const same = await database.query<{ id: number }>(
    `SELECT id FROM coupon_audit
      WHERE result = 'REFUSED' AND coupon_id = ? AND actor = ? AND action = ? AND detail LIKE ?
        AND at > UTC_TIMESTAMP(3) - INTERVAL ? SECOND LIMIT 1`,
    [entry.couponId, entry.actor.slice(0, ACTOR_LENGTH_MAX), entry.action, `${code}: %`, SAME_REFUSAL_SECONDS],
  );
  if (same.length > 0) return;
  await recordAudit(database, { ...entry, result: 'REFUSED', detail: `${code}: ${message}` });
}

/** One record for each of these users (null: for none in particular), in one statement; at most a thousand of them. */
export async function recordAuditOfUsers(
  database: Pick<Statements, 'execute'>,
  entry: Omit<AuditEntry, 'userId'>,
  userIds: readonly (UserKey | null)[],
): Promise<void> {
  const row = [
    entry.versionBefore ?? null,
    entry.versionAfter ?? null,
    entry.before ? JSON.stringify(entry.before) : null,
    entry.after ? JSON.stringify(entry.after) : null,
    entry.result,
    entry.detail?.slice(0, DETAIL_LENGTH_MAX) ?? null,
  ];
  const actor = entry.actor.slice(0, ACTOR_LENGTH_MAX);
  await database.execute(
    `INSERT INTO coupon_audit
       (at, actor, action, coupon_id, user_id, version_before, version_after, before_move, after_move, result, detail)
     VALUES ${userIds.map(() => '(UTC_TIMESTAMP(3), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
    userIds.flatMap((userId) => [actor, entry.action, entry.couponId, userId, ...row]),
  );
}

export interface AuditFilter {
  readonly couponId?: number;
  /** Only records older than this one. */
  readonly before?: number;
  readonly limit: number;
}

type StoredRecord = Omit<AuditRecord, 'before' | 'after'> & { before: string | null; after: string | null };

/** Newest first. */
export async function listAudit(
  database: Pick<Statements, 'query'>,
  { couponId, before = Number.MAX_SAFE_INTEGER, limit }: AuditFilter,
): Promise<AuditRecord[]> {
  const records = await database.query<StoredRecord>(
    `SELECT id, at, actor, action, coupon_id AS couponId, user_id AS userId, version_before AS versionBefore,
            version_after AS versionAfter, before_move AS \`before\`, after_move AS \`after\`, result, detail
       FROM coupon_audit WHERE id < ? ${couponId === undefined ? '' : 'AND coupon_id = ?'}
      ORDER BY id DESC LIMIT ?`,
    [before, ...(couponId === undefined ? [] : [couponId]), limit],
  );
  return records.map((record) => ({
    ...record,
    before: record.before === null ? null : JSON.parse(record.before),
    after: record.after === null ? null : JSON.parse(record.after),
  }));
}

/** The newest records and what came of each, newest first: another answer means that something was moved. */
export function listNewestResults(
  database: Pick<Statements, 'query'>,
  limit: number,
): Promise<Pick<AuditRecord, 'id' | 'result'>[]> {
  return database.query('SELECT id, result FROM coupon_audit ORDER BY id DESC LIMIT ?', [limit]);
}

/** The end of work that was RECORDED before it began. @param detail null: as it is */
export async function settleAudit(
  database: Pick<Statements, 'execute'>,
  id: number,
  result: AuditResult,
  detail: string | null = null,
): Promise<void> {
  await database.execute('UPDATE coupon_audit SET result = ?, detail = COALESCE(?, detail) WHERE id = ?', [
    result,
    detail?.slice(0, DETAIL_LENGTH_MAX) ?? null,
    id,
  ]);
}

/** Users whose revocation Redis may not have, of moves up to this version; in the order of the moves. */
export async function readUnappliedRevocations(
  database: Pick<Statements, 'query'>,
  couponId: number,
  version: number,
): Promise<UserKey[]> {
  const revoked = await database.query<{ userId: UserKey }>(
    `SELECT user_id AS userId FROM coupon_audit
      WHERE result = 'RECORDED' AND coupon_id = ? AND action = 'revoke' AND version_after <= ? ORDER BY id`,
    [couponId, version],
  );
  return revoked.map(({ userId }) => userId);
}

/** Redis has all moves up to this version. */
export async function markApplied(
  database: Pick<Statements, 'execute'>,
  couponId: number,
  version: number,
): Promise<void> {
  await database.execute(
    "UPDATE coupon_audit SET result = 'APPLIED' WHERE result = 'RECORDED' AND coupon_id = ? AND version_after <= ?",
    [couponId, version],
  );
}

/** Coupons with a move that Redis may not have. @returns the oldest record of each */
export function listUnapplied(
  database: Pick<Statements, 'query'>,
  couponsMax: number,
): Promise<{ readonly couponId: number; readonly auditId: number }[]> {
  return database.query<{ couponId: number; auditId: number }>(
    `SELECT coupon_id AS couponId, MIN(id) AS auditId FROM coupon_audit
      WHERE result = 'RECORDED' AND version_after IS NOT NULL GROUP BY coupon_id LIMIT ?`,
    [couponsMax],
  );
}

export async function hasAuditSince(
  database: Pick<Statements, 'query'>,
  couponId: number,
  since: Date,
): Promise<boolean> {
  const records = await database.query<{ id: number }>(
    'SELECT id FROM coupon_audit WHERE coupon_id = ? AND at > ? LIMIT 1',
    [couponId, since],
  );
  return records.length > 0;
}
