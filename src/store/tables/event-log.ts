// The tables `event_log` and `event_segment`: the order of all events, written by one transaction at a time, and the
// lease of the node that appends to them. What an event says is read from `user_coupon` and `coupon_audit`
// (event-content.ts).
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

/** Events with consecutive ids: rows of a coupon with consecutive numbers, or one record of the audit. */
export interface Segment {
  readonly firstId: number;
  readonly lastId: number;
  readonly couponId: number;
  /** null: a move. */
  readonly firstSequence: number | null;
  /** null: issued. */
  readonly auditId: number | null;
}

export interface AppendedSegment extends Segment {
  readonly appendedAt: Date;
}

export interface LogEnds {
  /** 0: the log is empty. */
  readonly lastId: number;
  /** Events up to this one were removed. */
  readonly removedId: number;
  /** MySQL's clock. */
  readonly at: Date;
}

const ENDS = 'SELECT last_id AS lastId, removed_id AS removedId, UTC_TIMESTAMP(3) AS at FROM event_log';

export async function readLogEnds(database: Queries): Promise<LogEnds> {
  const [ends] = await database.query<LogEnds>(ENDS);
  return ends as LogEnds;
}

/** Within a transaction: until its end no other one appends or removes. */
export async function lockLog(tx: Queries): Promise<LogEnds> {
  const [ends] = await tx.query<LogEnds>(`${ENDS} FOR UPDATE`);
  return ends as LogEnds;
}

/** With the log locked; at least one, in the order of their ids. */
export async function insertSegments(tx: Executes, segments: readonly Segment[]): Promise<void> {
  await tx.execute(
    `INSERT INTO event_segment (first_id, last_id, coupon_id, first_sequence, audit_id, appended_at)
     VALUES ${segments.map(() => '(?, ?, ?, ?, ?, UTC_TIMESTAMP(3))').join(', ')}`,
    segments.flatMap(({ firstId, lastId, couponId, firstSequence, auditId }) => [
      firstId,
      lastId,
      couponId,
      firstSequence,
      auditId,
    ]),
  );
  await tx.execute('UPDATE event_log SET last_id = ? WHERE only_row = 1', [(segments.at(-1) as Segment).lastId]);
}

/** Those with events after this id, ascending; the first one may begin before it. */
export function readSegmentsAfter(database: Queries, afterId: number, limit: number): Promise<AppendedSegment[]> {
  return database.query<AppendedSegment>(
    `SELECT first_id AS firstId, last_id AS lastId, coupon_id AS couponId, first_sequence AS firstSequence,
            audit_id AS auditId, appended_at AS appendedAt
       FROM event_segment
      WHERE first_id >= COALESCE((SELECT MAX(first_id) FROM event_segment WHERE first_id <= ?), 0) AND last_id > ?
      ORDER BY first_id LIMIT ?`,
    [afterId, afterId, limit],
  );
}

/** The first segments after an id, if they were appended so many days ago. @returns null if there are none */
export async function findOldAfter(
  database: Queries,
  { afterId, days }: { readonly afterId: number; readonly days: number },
  limit: number,
): Promise<{ readonly lastId: number; readonly events: number } | null> {
  const next = await database.query<{ firstId: number; lastId: number; isOld: number }>(
    `SELECT first_id AS firstId, last_id AS lastId, appended_at < UTC_TIMESTAMP(3) - INTERVAL ? DAY AS isOld
       FROM event_segment
      WHERE first_id >= COALESCE((SELECT MAX(first_id) FROM event_segment WHERE first_id <= ?), 0) AND last_id > ?
      ORDER BY first_id LIMIT ?`,
    [days, afterId, afterId, limit],
  );
  const young = next.findIndex(({ isOld }) => isOld === 0);
  const old = young === -1 ? next : next.slice(0, young);
  const lastId = old.at(-1)?.lastId;
  if (lastId === undefined) return null;
  const events = old.reduce((sum, one) => sum + one.lastId - Math.max(one.firstId, afterId + 1) + 1, 0);
  return { lastId, events };
}

/**
 * With the log locked: the oldest segments, at most so many, if they were appended so many days ago.
 * @returns how many were removed
 */
export async function removeSegments(
  tx: Pick<Statements, 'query' | 'execute'>,
  keepDays: number,
  limit: number,
): Promise<number> {
  const oldest = await tx.query<{ lastId: number; isOld: number }>(
    `SELECT last_id AS lastId, appended_at < UTC_TIMESTAMP(3) - INTERVAL ? DAY AS isOld
       FROM event_segment ORDER BY first_id LIMIT ?`,
    [keepDays, limit],
  );
  const young = oldest.findIndex(({ isOld }) => isOld === 0);
  const removed = young === -1 ? oldest.length : young;
  if (removed === 0) return 0;
  const { lastId } = oldest[removed - 1] as { lastId: number };
  await tx.execute('DELETE FROM event_segment WHERE first_id <= ?', [lastId]);
  await tx.execute('UPDATE event_log SET removed_id = ? WHERE only_row = 1', [lastId]);
  return removed;
}

/** Takes the lease if it is free or over, and extends one's own. @returns whether this node has it now */
export async function holdLease(database: Executes, owner: string, seconds: number): Promise<boolean> {
  const { affectedRows } = await database.execute(
    `UPDATE event_log SET owner = ?, owned_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
      WHERE only_row = 1 AND (owner IS NULL OR owner = ? OR owned_until < UTC_TIMESTAMP(3))`,
    [owner, seconds, owner],
  );
  return affectedRows === 1;
}

export async function releaseLease(database: Executes, owner: string): Promise<void> {
  await database.execute('UPDATE event_log SET owner = NULL WHERE only_row = 1 AND owner = ?', [owner]);
}
