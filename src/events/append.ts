// Appends what is new of one coupon to the log of events: one transaction, with the log locked.
//
// Promises: ids are committed in their order, so that no reader goes past one that comes later. Each row and each move
// is in the log once, regardless of when it was committed: what counts is its number, or its version, and numbers that
// had no row when the log went past them are remembered as holes. A crash leaves all of the step or nothing.
// Rows are appended by their numbers. A number without a row is waited for, but no longer than WAIT_S.
import type { Database, Statements } from '../store/database.ts';
import {
  countNumbers,
  type RecordedMove,
  readHighestSettled,
  readMovesAfter,
  readNumbers,
  readNumbersAbove,
  readSigns,
} from '../store/tables/event-content.ts';
import { insertSegments, lockLog, type Segment } from '../store/tables/event-log.ts';
import {
  deleteHoles,
  hasHoles,
  type Interval,
  insertHoles,
  isInHole,
  type Progress,
  readFilled,
  readProgress,
  writeProgress,
} from '../store/tables/event-progress.ts';
import { eventTypes } from './event-types.ts';
import { fillHoles, runsOf, upTo, without } from './number-runs.ts';

/** For a number that is missing, while higher ones have a row: two insert threads, or a persister that restarts. */
export const WAIT_S = 10;
const NUMBERS_A_STEP = 10_000;
/** More than one move can be: a revocation of a thousand users. */
const RECORDS_A_STEP = 2000;
/** Ids begin with the time, so that they rise even if MySQL was restored to an earlier day. */
const IDS_A_MS = 1024;

export interface Step {
  readonly events: number;
  /** More can be appended at once. */
  readonly hasMore: boolean;
}

const NEW: Progress = { lastSequence: 0, lastVersion: -1, seenVersion: -1, seenStock: -1, isPending: false };
const NOTHING: Step = { events: 0, hasMore: false };

/** @throws OperationalError: nothing was appended, or, if MySQL did not answer, it is not known */
export function appendCoupon(database: Database, couponId: number): Promise<Step> {
  return database.transaction(async (tx) => {
    const log = await lockLog(tx);
    // The signs first: what changes after this is seen by the next step.
    const signs = await readSigns(tx, couponId);
    if (signs === null) return NOTHING;
    const before = (await readProgress(tx, couponId)) ?? NEW;
    // Moves before rows: the row that a revocation concerns is there when the revocation is.
    const isMoved = signs.version > before.lastVersion;
    const moves = wholeMoves(isMoved ? await readMovesAfter(tx, couponId, before.lastVersion, RECORDS_A_STEP) : []);
    const late = await takeLateRows(tx, couponId);
    const rows = await takeRows(tx, couponId, before.lastSequence);
    const taken = await movesInTurn(tx, couponId, moves.records, {
      ...rows,
      hasMore: rows.hasMore || late.hasMore,
      log,
    });
    const events = [
      ...[...late.runs, ...rows.runs].map((run) => ({ run, auditId: null })),
      ...taken.filter(({ action }) => action in eventTypes).map(({ auditId }) => ({ run: null, auditId })),
    ];
    const segments = number(couponId, events, Math.max(log.lastId, log.at.getTime() * IDS_A_MS));
    if (segments.length > 0) await insertSegments(tx, segments);
    const hasMore = late.hasMore || rows.hasMore || (moves.hasMore && taken.length > 0);
    await writeProgress(tx, couponId, {
      lastSequence: rows.last,
      lastVersion: taken.at(-1)?.version ?? before.lastVersion,
      seenVersion: signs.version,
      seenStock: signs.stock,
      isPending: hasMore || rows.areHeld || taken.length < moves.records.length,
    });
    return { events: segments.reduce((sum, { firstId, lastId }) => sum + lastId - firstId + 1, 0), hasMore };
  });
}

/** Without the last one if some of its records may be missing. */
function wholeMoves(records: readonly RecordedMove[]): { records: readonly RecordedMove[]; hasMore: boolean } {
  if (records.length < RECORDS_A_STEP) return { records, hasMore: false };
  const cut = records.at(-1)?.version;
  return { records: records.filter(({ version }) => version !== cut), hasMore: true };
}

/** Rows that came after the log had gone past their numbers. */
async function takeLateRows(
  tx: Statements,
  couponId: number,
): Promise<{ runs: readonly Interval[]; hasMore: boolean }> {
  const found = await readFilled(tx, couponId, NUMBERS_A_STEP);
  if (found.length === 0) return { runs: [], hasMore: false };
  const { runs, filled, left } = fillHoles(found);
  await deleteHoles(tx, couponId, filled);
  if (left.length > 0) await insertHoles(tx, couponId, left);
  return { runs, hasMore: found.length === NUMBERS_A_STEP };
}

interface TakenRows {
  readonly runs: readonly Interval[];
  /** Up to this number all rows are in the log, holes aside. */
  readonly last: number;
  readonly hasMore: boolean;
  /** Rows wait for a number below theirs. */
  readonly areHeld: boolean;
}

async function takeRows(tx: Statements, couponId: number, after: number): Promise<TakenRows> {
  const above = await readNumbersAbove(tx, couponId, after);
  if (above === null) return { runs: [], last: after, hasMore: false, areHeld: false };
  const page = { first: above.first, last: above.first + NUMBERS_A_STEP - 1 };
  const { rows, highest } = await countNumbers(tx, couponId, page);
  const hasGap = rows !== highest - page.first + 1;
  const all = hasGap ? runsOf(await readNumbers(tx, couponId, page)) : [{ first: page.first, last: highest }];
  const [first] = all as [Interval];
  const isNext = first.first === after + 1;
  const waiting = isNext ? { first: first.last + 1, last: page.last } : page;
  const settled = isNext && all.length === 1 ? 0 : await readHighestSettled(tx, couponId, waiting, WAIT_S);
  const limit = Math.max(settled, isNext ? first.last : 0);
  const runs = upTo(all, limit);
  const last = runs.at(-1)?.last ?? after;
  const holes = without({ first: after + 1, last }, runs);
  if (holes.length > 0) await insertHoles(tx, couponId, holes);
  const isPageDone = last === all.at(-1)?.last;
  return { runs, last, hasMore: isPageDone && above.last > last, areHeld: !isPageDone };
}

interface Turn extends TakenRows {
  readonly log: { readonly at: Date };
}

/**
 * The first of these moves that may follow now. A revocation or erasure comes after the event of its row; any other
 * move after the rows that were there before it.
 */
async function movesInTurn(
  tx: Statements,
  couponId: number,
  moves: readonly RecordedMove[],
  { hasMore, areHeld, last, log }: Turn,
): Promise<readonly RecordedMove[]> {
  if (hasMore || moves.length === 0) return [];
  const mayBeInHole = await hasHoles(tx, couponId);
  let taken = 0;
  for (const { at, sequence } of moves) {
    if (areHeld && log.at.getTime() - at.getTime() < WAIT_S * 1000) break;
    if (sequence !== null && (sequence > last || (mayBeInHole && (await isInHole(tx, couponId, sequence))))) break;
    taken++;
  }
  // A move is taken with all of its records.
  const cut = moves[taken]?.version;
  return moves.slice(0, taken).filter(({ version }) => version !== cut);
}

interface Unnumbered {
  readonly run: Interval | null;
  readonly auditId: number | null;
}

function number(couponId: number, events: readonly Unnumbered[], afterId: number): Segment[] {
  let lastId = afterId;
  return events.map(({ run, auditId }) => {
    const firstId = lastId + 1;
    lastId += run ? run.last - run.first + 1 : 1;
    return { firstId, lastId, couponId, firstSequence: run?.first ?? null, auditId };
  });
}
