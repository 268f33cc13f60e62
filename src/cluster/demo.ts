// The coupon that a first start comes with, so that there is something to try.
import { preloadCoupon } from '../coupons/preload.ts';
import type { Stores } from '../stores.ts';

const DEMO_ID = 1;
const DEMO_STOCK = 1000;

/**
 * Creates coupon 1 and preloads it, if there is no coupon at all. Safe when several start at once.
 * @returns whether it was created now
 */
export async function ensureDemoCoupon(servers: Stores): Promise<boolean> {
  const { affectedRows } = await servers.database.execute(
    `INSERT INTO coupon (id, name, total_stock, stock, discount_type, discount_amount, created_at)
     SELECT ?, 'Demo coupon', ?, ?, 'FIXED', 1000, UTC_TIMESTAMP(3) FROM DUAL
      WHERE NOT EXISTS (SELECT 1 FROM coupon AS other)
     ON DUPLICATE KEY UPDATE id = coupon.id`,
    [DEMO_ID, DEMO_STOCK, DEMO_STOCK],
  );
  if (affectedRows === 0) return false;
  await preloadCoupon(servers, DEMO_ID);
  servers.log.info({ couponId: DEMO_ID, stock: DEMO_STOCK }, 'created and preloaded the demo coupon');
  return true;
}
