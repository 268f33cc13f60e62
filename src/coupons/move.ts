// The frame of every move of an operator: one transaction in MySQL with its audit record, then Redis.
//
// Promises: two operators who move a coupon at once are put in order by the lock of its record. Redis follows that
// order even if the network delays or repeats calls (versions). A refused move changes nothing, and is recorded as
// refused. A crash before the commit leaves nothing; after it, MySQL has the move and the persister's reconciler brings
// it to Redis within seconds.
import { OperationalError, type ProblemCode, problems } from '../errors.ts';
import { orUndefinedAfter } from '../runtime/patience.ts';
import { contentionMs } from '../runtime/retry.ts';
import type { Database, Statements } from '../store/database.ts';
import { isContention } from '../store/failures.ts';
import { recordAuditOfUsers, recordRefusal } from '../store/tables/audit.ts';
import { type Changes, type NewCoupon, updateCoupon } from '../store/tables/coupon-changes.ts';
import { type Coupon, lockCoupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';
import { type Move, planMove, stateConflict } from './states.ts';
import { syncCoupon } from './sync.ts';
import type { Warning } from './warnings.ts';

export interface Order {
  readonly couponId: number;
  /** Who asks, as the audit table shows it. */
  readonly actor: string;
  /** Refuse if the coupon has another version: it was moved since it was read. */
  readonly ifVersion?: number | undefined;
  /** Why, in the operator's words; kept in the audit table. */
  readonly reason?: string | undefined;
  /** Say what would come of it, and change nothing. What would be refused is refused, and not recorded here. */
  readonly dryRun?: boolean | undefined;
}

export interface MoveOutcome {
  readonly coupon: Coupon;
  /** false: it was there already. */
  readonly changed: boolean;
  /** false: it is recorded in MySQL, and Redis gets it when it can: within two seconds of being there again. */
  readonly inEffect: boolean;
  /** Nothing was changed: `coupon` is how it would be, and `changed` whether it would differ. */
  readonly dryRun?: true;
  /** Of a dry run. */
  readonly warnings?: readonly Warning[];
}

export interface FieldProblem {
  readonly field: keyof NewCoupon;
  /** Goes on where the name of the field ends. */
  readonly problem: string;
}

type Recorded = Omit<MoveOutcome, 'inEffect'>;

/** An answer to the operator. A move that is refused has changed nothing. */
export class MoveRefused extends Error {
  readonly code: ProblemCode;
  /** What is wrong, field by field, if it is fields of the coupon that are refused. */
  readonly fields: readonly FieldProblem[];
  constructor(code: ProblemCode, detail: string = problems[code].title, fields: readonly FieldProblem[] = []) {
    super(detail);
    this.name = 'MoveRefused';
    this.code = code;
    this.fields = fields;
  }
}

/** Rolls the transaction of a dry run back. */
class DryRun extends Error {
  readonly outcome: Recorded;
  constructor(outcome: Recorded) {
    super('a dry run');
    this.outcome = outcome;
  }
}

export interface Effect {
  readonly changes?: Changes;
  readonly userId?: UserKey;
  /** Whom it concerns, if they are many: each gets a record of their own. At least one. */
  readonly userIds?: readonly UserKey[];
  readonly warnings?: readonly Warning[];
}

/**
 * What a move does beside the change of state; null if it was done before. Runs with the coupon's record locked, and
 * may throw MoveRefused. In a dry run what it does in MySQL is rolled back, and it must leave Redis alone.
 */
export type Effects = (tx: Statements, coupon: Coupon) => Promise<Effect | null> | Effect | null;

const TRIES_MAX = 5;
const SYNC_WITHIN_MS = 3000;
const SYNC_EVERY_MS = 50;
/** A Redis that does not answer is not waited for: the caretaker brings the move to it. */
const SILENT_MS_MAX = 2000;

/** @throws MoveRefused (nothing was changed), or OperationalError: read the coupon to find out whether MySQL has it */
export async function makeMove(
  servers: Stores,
  move: Move,
  order: Order,
  effects: Effects = () => ({}),
): Promise<MoveOutcome> {
  const recorded = await recordMove(servers, move, order, effects);
  if (order.dryRun) return { ...recorded, inEffect: false, dryRun: true };
  return { ...recorded, inEffect: await bringToRedis(servers, order.couponId) };
}

/** The first half: MySQL. */
export async function recordMove(
  { database }: Stores,
  move: Move,
  order: Order,
  effects: Effects = () => ({}),
): Promise<Recorded> {
  try {
    return await whenUncontended(database, async (tx) => {
      const before = await lockCoupon(tx, order.couponId);
      if (!before) throw new MoveRefused('NOT_FOUND_COUPON', `There is no coupon ${order.couponId}`);
      const plan = planMove(move, before.state);
      if (plan.kind === 'already') return { coupon: before, changed: false };
      if (plan.kind === 'refused') {
        throw new MoveRefused('STATE_CONFLICT', stateConflict(move, before.state));
      }
      if (order.ifVersion !== undefined && order.ifVersion !== before.version) {
        throw new MoveRefused('VERSION_CONFLICT', `The coupon has version ${before.version}, not ${order.ifVersion}`);
      }
      const effect = await effects(tx, before);
      if (effect === null) return { coupon: before, changed: false };
      const { changes = {}, userId = null, userIds = [userId], warnings = [] } = effect;
      const after: Coupon = { ...before, ...(changes as Partial<Coupon>), state: plan.to, version: before.version + 1 };
      if (order.dryRun) throw new DryRun({ coupon: after, changed: true, warnings });
      await updateCoupon(tx, after, changes);
      const record = {
        actor: order.actor,
        action: move,
        couponId: order.couponId,
        versionBefore: before.version,
        versionAfter: after.version,
        ...difference(before, after, changes),
        result: 'RECORDED',
        detail: order.reason ?? null,
      } as const;
      await recordAuditOfUsers(tx, record, userIds);
      return { coupon: after, changed: true };
    });
  } catch (error) {
    if (error instanceof DryRun) return error.outcome;
    if (!order.dryRun && error instanceof MoveRefused && error.code !== 'NOT_FOUND_COUPON')
      await recordRefusedMove(database, move, order, error);
    throw error;
  }
}

/** Insert threads lock the same rows in another order: the one that the database picked to give way tries again. */
export async function whenUncontended<T>(database: Database, work: (tx: Statements) => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (!(error instanceof OperationalError && isContention(error.code)) || failures === TRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, contentionMs(failures)));
    }
  }
}

/** The second half. @returns whether Redis has the move */
export async function bringToRedis(servers: Stores, couponId: number): Promise<boolean> {
  for (const until = performance.now() + SYNC_WITHIN_MS; ; ) {
    const syncing = syncCoupon(servers, couponId).catch((error: unknown) => {
      servers.log.warn({ couponId, error: String(error) }, 'a move is in MySQL and not in Redis yet');
      return 'away' as const;
    });
    const outcome = await orUndefinedAfter(syncing, SILENT_MS_MAX);
    if (outcome === 'applied' || outcome === 'nothing') return true;
    if (outcome !== 'behind' || performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, SYNC_EVERY_MS));
  }
}

function difference(before: Coupon, after: Coupon, changes: Changes): { before: object; after: object } {
  const names: (keyof Coupon)[] = ['state', ...(Object.keys(changes) as (keyof Changes)[])];
  const pick = (coupon: Coupon) => Object.fromEntries(names.map((name) => [name, coupon[name]]));
  return { before: pick(before), after: pick(after) };
}

/** The refused request is worth a record, but a record that fails is no error of its own. */
export async function recordRefusedMove(
  database: Database,
  move: Move,
  { actor, couponId }: Order,
  refusal: MoveRefused,
): Promise<void> {
  await recordRefusal(database, { actor, action: move, couponId }, refusal).catch(() => {});
}
