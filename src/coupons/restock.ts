// Restock: changes how many coupons may be issued, while they are issued.
//
// Raising goes to MySQL first: a crash before Redis leaves room that is not used yet. Lowering closes the room in Redis
// first, with the record locked, and only if no more are issued than the new stock. The other way round, coupons
// granted in between would have no room in MySQL. If MySQL then does not follow, the stock is restored in Redis.
import { couponKeys } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import { orUndefinedAfter } from '../runtime/patience.ts';
import type { Statements } from '../store/database.ts';
import type { Coupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { STOCK_MAX } from './fields.ts';
import { type MoveOutcome, MoveRefused, makeMove, type Order } from './move.ts';
import { restoreCoupon } from './restore.ts';
import { syncTo } from './sync.ts';
import { warningsOfRestock } from './warnings.ts';

/** `add` more, or `total` from now on. */
export type NewStock = { readonly add: number } | { readonly total: number };

/** With the coupon's record locked. */
const REDIS_WITHIN_MS = 800;

export async function restockCoupon(servers: Stores, order: Order, newStock: NewStock): Promise<MoveOutcome> {
  const lowering = { begun: false };
  try {
    return await makeMove(servers, 'restock', order, async (tx, coupon) => {
      const total = 'add' in newStock ? coupon.totalStock + newStock.add : newStock.total;
      if (!Number.isSafeInteger(total) || total < 1 || total > STOCK_MAX) {
        // What is added is well by itself: it is too much for the stock that the coupon has now.
        const code = 'add' in newStock ? 'STATE_CONFLICT' : 'VALIDATION_FAILED';
        throw new MoveRefused(code, `The stock must be from 1 to ${STOCK_MAX}, not ${total}`);
      }
      if (total === coupon.totalStock && (await isInEffect(servers, coupon))) return null;
      if (total < coupon.totalStock) {
        lowering.begun = !order.dryRun;
        await (order.dryRun ? checkLowering(servers, coupon, total) : lowerInRedis(servers, tx, coupon, total));
      }
      return { changes: stockChanges(coupon, total), warnings: warningsOfRestock(coupon, total) };
    });
  } catch (error) {
    // If this fails as well, the persister's reconciler restores it.
    if (lowering.begun) await restoreCoupon(servers, order.couponId).catch(() => {});
    throw error;
  }
}

/** Whether Redis has the stock of this coupon as well: it may have been set by hand, which a restock takes back. */
async function isInEffect({ redis }: Stores, { id, totalStock }: Coupon): Promise<boolean> {
  const stock = redis.get(couponKeys(id).stock).catch(() => null);
  return (await orUndefinedAfter(stock, REDIS_WITHIN_MS)) === String(totalStock);
}

/** What is left changes by as much as the total: `stock` is the total minus the rows. */
export function stockChanges(coupon: Coupon, total: number): { totalStock: number; stock: number } {
  return { totalStock: total, stock: coupon.stock + total - coupon.totalStock };
}

/** With the coupon's record locked. @throws MoveRefused if more are issued, or Redis can't say */
export async function lowerInRedis(servers: Stores, tx: Statements, coupon: Coupon, total: number): Promise<void> {
  // Redis may not have the move before this one yet.
  await syncTo(servers, tx, coupon);
  const { stock, holders, meta, rebuildLock } = couponKeys(coupon.id);
  const rows = coupon.totalStock - coupon.stock;
  // A Redis that has just failed over may have fewer holders than MySQL has rows.
  if (rows > total) throw belowIssued(Math.max(rows, await servers.redis.scard(holders)), total);
  const [status, issued] = (await runScript(
    servers.redis,
    'lower-stock',
    [stock, holders, meta, rebuildLock],
    [coupon.version, total],
  )) as ['lowered' | 'below-issued' | 'not-ready', number];
  if (status === 'below-issued') throw belowIssued(issued, total);
  if (status === 'not-ready') throw beingLoaded();
}

/** What lowerInRedis would refuse; nothing is changed. @throws MoveRefused */
export async function checkLowering({ redis }: Stores, coupon: Coupon, total: number): Promise<void> {
  const { stock, holders, meta, rebuildLock } = couponKeys(coupon.id);
  const [issued, loaded, locked] = await Promise.all([
    redis.scard(holders),
    redis.exists(stock, meta),
    redis.exists(rebuildLock),
  ]);
  const most = Math.max(issued, coupon.totalStock - coupon.stock);
  if (most > total) throw belowIssued(most, total);
  if (loaded < 2 || locked === 1) throw beingLoaded();
}

function beingLoaded(): MoveRefused {
  return new MoveRefused('NOT_READY', 'The coupon is being loaded into Redis: ask again');
}

function belowIssued(issued: number, total: number): MoveRefused {
  return new MoveRefused('BELOW_ISSUED', `${issued} coupons are issued: the stock can't be lowered to ${total}`);
}
