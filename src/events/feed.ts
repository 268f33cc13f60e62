// Reads the log of events. Promise: whoever asks for what comes after the cursor of the page before gets every event,
// in the order of their ids. A cursor whose successors were removed is refused, never skipped over.
// An id is in the log, what it says is read here and now: no event names a user who was erased.
import type { Statements } from '../store/database.ts';
import {
  type IssuedContent,
  type MoveContent,
  readIssuedContent,
  readMoveContent,
} from '../store/tables/event-content.ts';
import { type AppendedSegment, readLogEnds, readSegmentsAfter } from '../store/tables/event-log.ts';
import type { UserKey } from '../user-id.ts';
import { type EventType, eventTypes, ISSUED } from './event-types.ts';

export interface CouponEvent {
  /** Rises, and is never given twice; not consecutive. */
  readonly id: number;
  readonly type: EventType;
  readonly couponId: number;
  /** null: it concerns the coupon. A pseudonym if the user was erased. */
  readonly userId: UserKey | null;
  /** Of the user's coupon; null: there is none, or it has no row. */
  readonly sequence: number | null;
  /** When it happened: a grant by Redis' clock, a move by MySQL's. */
  readonly at: Date;
}

export interface EventPage {
  readonly events: readonly CouponEvent[];
  /** What to ask for next. */
  readonly cursor: number;
  /** false: this was the end of the log. */
  readonly hasMore: boolean;
  /** Of the first event after the cursor that was asked for; null: there is none. */
  readonly oldestAppendedAt: Date | null;
}

/** Events after this cursor were removed from the log. */
export class CursorExpired extends Error {
  /** The first events that are left come after it. */
  readonly removedId: number;
  constructor(removedId: number) {
    super(`the events after this cursor were removed, up to ${removedId}`);
    this.name = 'CursorExpired';
    this.removedId = removedId;
  }
}

/** An interval more costs MySQL a look into the index. */
const SEGMENTS_A_PAGE = 100;

type Queries = Pick<Statements, 'query'>;

/**
 * At most `limit` events after an id; 0: from the first one that is left. A row that was deleted by others is left out.
 * @throws CursorExpired; OperationalError
 */
export async function readEvents(database: Queries, afterId: number, limit: number): Promise<EventPage> {
  const segments = await readSegmentsAfter(database, afterId, SEGMENTS_A_PAGE + 1);
  // After the segments: what was removed meanwhile is noticed.
  const { removedId } = await readLogEnds(database);
  if (afterId > 0 && removedId > afterId) throw new CursorExpired(removedId);
  const parts = cutToLimit(segments.slice(0, SEGMENTS_A_PAGE), afterId, limit);
  const lastPart = parts.at(-1);
  if (!lastPart) return { events: [], cursor: afterId, hasMore: false, oldestAppendedAt: null };
  return {
    events: await readContent(database, parts),
    cursor: lastPart.lastId,
    hasMore: lastPart.lastId < (segments.at(-1) as AppendedSegment).lastId,
    oldestAppendedAt: parts[0]?.appendedAt ?? null,
  };
}

/** The first `limit` events after an id. */
function cutToLimit(segments: readonly AppendedSegment[], afterId: number, limit: number): AppendedSegment[] {
  const parts: AppendedSegment[] = [];
  let left = limit;
  for (const segment of segments) {
    if (left === 0) break;
    const firstId = Math.max(segment.firstId, afterId + 1);
    const lastId = Math.min(segment.lastId, firstId + left - 1);
    const firstSequence = segment.firstSequence === null ? null : segment.firstSequence + firstId - segment.firstId;
    parts.push({ ...segment, firstId, lastId, firstSequence });
    left -= lastId - firstId + 1;
  }
  return parts;
}

async function readContent(database: Queries, parts: readonly AppendedSegment[]): Promise<CouponEvent[]> {
  const intervals = parts.flatMap(({ couponId, firstId, lastId, firstSequence: first }) =>
    first === null ? [] : [{ couponId, first, last: first + lastId - firstId }],
  );
  const auditIds = parts.flatMap(({ auditId }) => (auditId === null ? [] : [auditId]));
  const issued = new Map<string, IssuedContent>();
  if (intervals.length > 0) {
    for (const row of await readIssuedContent(database, intervals)) issued.set(`${row.couponId}/${row.sequence}`, row);
  }
  const moves = new Map<number, MoveContent>();
  if (auditIds.length > 0) for (const move of await readMoveContent(database, auditIds)) moves.set(move.auditId, move);
  return parts.flatMap((part): CouponEvent[] =>
    part.auditId === null ? issuedEvents(part, issued) : moveEvent(part.firstId, moves.get(part.auditId)),
  );
}

function issuedEvents(
  { couponId, firstId, lastId, firstSequence }: AppendedSegment,
  rows: ReadonlyMap<string, IssuedContent>,
): CouponEvent[] {
  const events: CouponEvent[] = [];
  for (let id = firstId; id <= lastId; id++) {
    const row = rows.get(`${couponId}/${(firstSequence as number) + id - firstId}`);
    if (row) events.push({ id, type: ISSUED, ...row });
  }
  return events;
}

function moveEvent(id: number, move: MoveContent | undefined): CouponEvent[] {
  if (!move) return [];
  const { action, couponId, userId, sequence, at } = move;
  return [{ id, type: eventTypes[action as keyof typeof eventTypes], couponId, userId, sequence, at }];
}

/** As the feed and the webhook show it. */
export function eventJson({ id, type, couponId, userId, sequence, at }: CouponEvent): object {
  return { id, type, couponId, userId, sequence, at: at.toISOString() };
}
