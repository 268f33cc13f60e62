// The table `coupon`: one row a coupon, which each move of an operator reads and writes.
import type { Statements } from '../database.ts';

/** What an operator may do in which of them: src/coupons/states.ts. */
export const couponStates = ['DRAFT', 'OPEN', 'PAUSED', 'CLOSED', 'ARCHIVED'] as const;
export type CouponState = (typeof couponStates)[number];

/** States in which a coupon has keys in Redis. */
export const LOADED_STATES = ['OPEN', 'PAUSED', 'CLOSED'] as const satisfies readonly CouponState[];
export type LoadedState = (typeof LOADED_STATES)[number];

const redisStates = { OPEN: 'open', PAUSED: 'paused', CLOSED: 'closed' } as const satisfies Record<LoadedState, string>;

/** The state as the scripts of Redis know it. */
export function redisState(state: LoadedState): 'open' | 'paused' | 'closed' {
  return redisStates[state];
}

/** FIXED: an amount in the currency's smallest unit. PERCENT: 1 to 100. */
export type DiscountType = 'FIXED' | 'PERCENT';

export interface Coupon {
  readonly id: number;
  readonly name: string;
  readonly state: CouponState;
  /** How many may be issued. */
  readonly totalStock: number;
  /** How many of them MySQL has no row for, revoked rows aside. During a rush Redis is ahead. */
  readonly stock: number;
  readonly discountType: DiscountType;
  readonly discountAmount: number;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
  readonly expiredAt: Date | null;
  /** Rises with each move. */
  readonly version: number;
  /** Rises with each comparison of Redis with MySQL: the fence of src/rebuild/epoch.ts. */
  readonly epoch: number;
  readonly createdAt: Date;
  /** Made to be rehearsed with; it never changes. */
  readonly rehearsal: boolean;
}

/**
 * Whether users may know of it. A draft is announced by its preload; one that was archived unannounced stays unknown.
 * A coupon with rows was issued, regardless of its epoch: it may be older than epochs.
 */
export function isPublished({ state, epoch, stock, totalStock }: PublicFacts): boolean {
  return state !== 'DRAFT' && (state !== 'ARCHIVED' || epoch > 0 || stock < totalStock);
}

type PublicFacts = Pick<Coupon, 'state' | 'epoch' | 'stock' | 'totalStock'>;

const COLUMNS = `id, name, state, total_stock AS totalStock, stock, discount_type AS discountType,
  discount_amount AS discountAmount, opens_at AS opensAt, closes_at AS closesAt, expired_at AS expiredAt,
  version, epoch, created_at AS createdAt, rehearsal`;

type Queries = Pick<Statements, 'query'>;

/** As MySQL has it. */
type StoredCoupon = Omit<Coupon, 'rehearsal'> & { readonly rehearsal: 0 | 1 };

function couponOf<T extends StoredCoupon>(row: T): Omit<T, 'rehearsal'> & Pick<Coupon, 'rehearsal'> {
  return { ...row, rehearsal: row.rehearsal === 1 };
}

export async function readCoupon(database: Queries, couponId: number): Promise<Coupon | null> {
  const [row] = await database.query<StoredCoupon>(`SELECT ${COLUMNS} FROM coupon WHERE id = ?`, [couponId]);
  return row ? couponOf(row) : null;
}

/** @returns the row and the highest number of a row of `user_coupon` (0: none), both of one moment */
export async function readCouponAndHighest(
  database: Queries,
  couponId: number,
): Promise<(Coupon & { readonly highest: number }) | null> {
  const [row] = await database.query<StoredCoupon & { readonly highest: number }>(
    `SELECT ${COLUMNS}, COALESCE((SELECT MAX(sequence) FROM user_coupon WHERE coupon_id = coupon.id), 0) AS highest
       FROM coupon WHERE id = ?`,
    [couponId],
  );
  return row ? couponOf(row) : null;
}

/** Within a transaction: no one else moves the coupon until its end, and no rows of it are written. */
export async function lockCoupon(tx: Queries, couponId: number): Promise<Coupon | null> {
  const [row] = await tx.query<StoredCoupon>(`SELECT ${COLUMNS} FROM coupon WHERE id = ? FOR UPDATE`, [couponId]);
  return row ? couponOf(row) : null;
}

export interface CouponFilter {
  readonly states?: readonly CouponState[];
  /** Only coupons older than this one. */
  readonly before?: number;
  /** Only coupons whose name has this part, in upper or lower case. */
  readonly name?: string;
  readonly limit: number;
}

/** No index finds a part of a name: so many of the newest are compared. */
const NAMES_COMPARED_MAX = 100_000;
/** MySQL and MariaDB both have this collation: which one is the default of utf8mb4 depends on the server. */
const NAMED = `id >= COALESCE((SELECT id FROM coupon ORDER BY id DESC LIMIT 1 OFFSET ${NAMES_COMPARED_MAX - 1}), 0)
  AND name COLLATE utf8mb4_unicode_520_ci LIKE ? ESCAPE '|'`;

/** Newest first. */
export async function listCoupons(
  database: Queries,
  { states = [], before = Number.MAX_SAFE_INTEGER, name, limit }: CouponFilter,
): Promise<Coupon[]> {
  const inStates = states.length > 0 ? 'AND state IN (?)' : '';
  const named = name === undefined ? '' : `AND ${NAMED}`;
  const rows = await database.query<StoredCoupon>(
    `SELECT ${COLUMNS} FROM coupon WHERE id < ? ${inStates} ${named} ORDER BY id DESC LIMIT ?`,
    [before, ...(states.length > 0 ? [states] : []), ...(name === undefined ? [] : [partOf(name)]), limit],
  );
  return rows.map(couponOf);
}

/** A pattern of LIKE that stands for exactly this text anywhere. */
function partOf(text: string): string {
  return `%${text.replaceAll(/[|%_]/g, '|$&')}%`;
}

export interface LoadedCoupon {
  readonly id: number;
  readonly epoch: number;
  readonly version: number;
  readonly totalStock: number;
}

/** Those that have keys in Redis: what can be issued comes first, then the newest. */
export function listLoaded(database: Queries, limit = Number.MAX_SAFE_INTEGER): Promise<LoadedCoupon[]> {
  return database.query<LoadedCoupon>(
    `SELECT id, epoch, version, total_stock AS totalStock FROM coupon WHERE state IN (?)
      ORDER BY FIELD(state, 'OPEN', 'PAUSED', 'CLOSED'), id DESC LIMIT ?`,
    [LOADED_STATES, limit],
  );
}

/** By id; a coupon that is not there is left out. @param ids none: nothing is asked */
export async function readNames(database: Queries, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await database.query<{ id: number; name: string }>('SELECT id, name FROM coupon WHERE id IN (?)', [ids]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Ids of the newest drafts. */
export async function listDraftIds(database: Queries, limit: number): Promise<number[]> {
  const rows = await database.query<{ id: number }>(
    "SELECT id FROM coupon WHERE state = 'DRAFT' ORDER BY id DESC LIMIT ?",
    [limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Drafts that open within so many minutes from now, or should have opened within as many before it. Those whose window
 * is over are left out: they are not preloaded any more.
 * @returns milliseconds until each opens, by MySQL's clock
 */
export async function readDraftOpenings(
  database: Queries,
  withinMinutes: number,
  limit: number,
): Promise<Map<number, number>> {
  const drafts = await database.query<{ id: number; inMs: string | number }>(
    `SELECT id, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), opens_at) / 1000 AS inMs FROM coupon
      WHERE state = 'DRAFT' AND opens_at BETWEEN UTC_TIMESTAMP(3) - INTERVAL ? MINUTE
                                            AND UTC_TIMESTAMP(3) + INTERVAL ? MINUTE
        AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(3))
      ORDER BY opens_at LIMIT ?`,
    [withinMinutes, withinMinutes, limit],
  );
  return new Map(drafts.map(({ id, inMs }) => [Number(id), Number(inMs)]));
}

/** The row beside counts of the other tables, all of one moment. */
export interface CouponCounts {
  readonly totalStock: number;
  /** `coupon.stock`: total minus rows that are not revoked, at rest. */
  readonly stock: number;
  readonly state: CouponState;
  /** Rows of `user_coupon` that are not revoked. */
  readonly rowsHeld: number;
  /** Dead letters that were given up. */
  readonly resolved: number;
}

export async function readCounts(database: Queries, couponId: number): Promise<CouponCounts | null> {
  const [row] = await database.query<CouponCounts>(
    `SELECT total_stock AS totalStock, stock, state,
            (SELECT COUNT(*) FROM user_coupon WHERE coupon_id = coupon.id AND status <> 'REVOKED') AS rowsHeld,
            (SELECT COUNT(*) FROM dead_letter_resolution WHERE coupon_id = coupon.id) AS resolved
       FROM coupon WHERE id = ?`,
    [couponId],
  );
  return row ?? null;
}

/** The times of a draft that opens soon, or should be open. */
export interface DueDraft {
  readonly id: number;
  readonly opensAt: Date;
  readonly closesAt: Date | null;
}

/**
 * Drafts to be preloaded, the first to open first, by MySQL's clock.
 * @param aheadS seconds before its opening at which a draft is due
 * @param overS seconds after its end at which it is left out
 */
export function listDueDrafts(
  database: Queries,
  { aheadS, overS }: { readonly aheadS: number; readonly overS: number },
  limit: number,
): Promise<DueDraft[]> {
  return database.query<DueDraft>(
    `SELECT id, opens_at AS opensAt, closes_at AS closesAt FROM coupon
      WHERE state = 'DRAFT' AND opens_at <= UTC_TIMESTAMP(3) + INTERVAL ? SECOND
        AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(3) - INTERVAL ? SECOND)
      ORDER BY opens_at LIMIT ?`,
    [aheadS, overS, limit],
  );
}

/** Every coupon there is. */
export async function listAllIds(database: Queries): Promise<number[]> {
  return (await database.query<{ id: number }>('SELECT id FROM coupon')).map(({ id }) => id);
}
