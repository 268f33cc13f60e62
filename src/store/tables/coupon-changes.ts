// The table `coupon`, written: drafts are inserted, and every later change goes through here. Only the insert threads
// lower `stock` themselves, in the transaction of their rows (../insert-batch.ts, ../insert-many.ts,
// ../insert-singly.ts). Reading is in coupons.ts.
import type { SqlValue, Statements } from '../database.ts';
import type { Coupon, DiscountType } from './coupons.ts';

type Executes = Pick<Statements, 'execute'>;

export interface NewCoupon {
  readonly name: string;
  /** How many may be issued. */
  readonly totalStock: number;
  readonly discountType: DiscountType;
  /** FIXED: in the currency's smallest unit. PERCENT: 1 to 100. */
  readonly discountAmount: number;
  /** Without it: open as soon as it is preloaded. */
  readonly opensAt?: Date;
  /** Without it: open until an operator closes it. */
  readonly closesAt?: Date;
  /** When an issued coupon can't be used any more; without it: never. */
  readonly expiredAt?: Date;
  /** Made to be rehearsed with. No move changes it. */
  readonly rehearsal?: boolean;
}

/** @returns its id */
export async function insertDraft(database: Executes, coupon: NewCoupon): Promise<number> {
  const { insertId } = await database.execute(
    `INSERT INTO coupon
       (name, total_stock, stock, discount_type, discount_amount, opens_at, closes_at, expired_at, rehearsal,
        created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [
      coupon.name,
      coupon.totalStock,
      coupon.totalStock,
      coupon.discountType,
      coupon.discountAmount,
      coupon.opensAt ?? null,
      coupon.closesAt ?? null,
      coupon.expiredAt ?? null,
      coupon.rehearsal ? 1 : 0,
    ],
  );
  return insertId;
}

/** Only into an empty table. Safe when several do it at once. @returns whether it was inserted now */
export async function insertFirst(database: Executes, id: number, name: string, totalStock: number): Promise<boolean> {
  const { affectedRows } = await database.execute(
    `INSERT INTO coupon (id, name, total_stock, stock, discount_type, discount_amount, created_at)
     SELECT ?, ?, ?, ?, 'FIXED', 1000, UTC_TIMESTAMP(3) FROM DUAL
      WHERE NOT EXISTS (SELECT 1 FROM coupon AS other)
     ON DUPLICATE KEY UPDATE id = coupon.id`,
    [id, name, totalStock, totalStock],
  );
  return affectedRows > 0;
}

/** The columns of `coupon` that a move may change, beside state and version. */
export interface Changes {
  readonly name?: string;
  readonly totalStock?: number;
  readonly stock?: number;
  readonly discountType?: string;
  readonly discountAmount?: number;
  readonly opensAt?: Date | null;
  readonly closesAt?: Date | null;
  readonly expiredAt?: Date | null;
}

const columns: Record<keyof Changes, string> = {
  name: 'name',
  totalStock: 'total_stock',
  stock: 'stock',
  discountType: 'discount_type',
  discountAmount: 'discount_amount',
  opensAt: 'opens_at',
  closesAt: 'closes_at',
  expiredAt: 'expired_at',
};

/** With the record locked: state and version, and what else the move changes. */
export async function updateCoupon(
  tx: Executes,
  { id, state, version }: Pick<Coupon, 'id' | 'state' | 'version'>,
  changes: Changes,
): Promise<void> {
  const names = Object.keys(changes) as (keyof Changes)[];
  const assignments = ['state = ?', 'version = ?', ...names.map((name) => `${columns[name]} = ?`)];
  const values = names.map((name) => changes[name] as SqlValue);
  await tx.execute(`UPDATE coupon SET ${assignments.join(', ')} WHERE id = ?`, [state, version, ...values, id]);
}

/** With the record locked. @returns it as it is then */
export async function pauseRow(tx: Executes, coupon: Coupon): Promise<Coupon> {
  const paused = { ...coupon, state: 'PAUSED', version: coupon.version + 1 } as const;
  await updateCoupon(tx, paused, {});
  return paused;
}

/**
 * Raises the epoch, if the record is still the one that was read. Waits for inserts that are being committed; every
 * later one of the old epoch is refused.
 * @returns false if it has changed
 */
export async function raiseEpoch(
  database: Executes,
  { id, epoch, version }: Pick<Coupon, 'id' | 'epoch' | 'version'>,
): Promise<boolean> {
  const { affectedRows } = await database.execute(
    'UPDATE coupon SET epoch = epoch + 1 WHERE id = ? AND epoch = ? AND version = ?',
    [id, epoch, version],
  );
  return affectedRows === 1;
}
