// The coupon that a first start comes with, so that there is something to try.
import type { Config } from '../config.ts';
import { preloadCoupon } from '../coupons/preload.ts';
import { insertFirst } from '../store/tables/coupon-changes.ts';
import type { Stores } from '../stores.ts';

const DEMO_ID = 1;
const DEMO_STOCK = 1000;

/**
 * Never by itself in databases that couponrush does not run itself: the coupon is open for everyone, and worth money.
 */
export function wantsDemo({ demo, redisUrl, mysqlUrl }: Pick<Config, 'demo' | 'redisUrl' | 'mysqlUrl'>): boolean {
  return demo === 'on' || (demo === 'auto' && redisUrl === null && mysqlUrl === null);
}

/**
 * Creates coupon 1 and preloads it, if there is no coupon at all. Safe when several start at once.
 * @returns whether it was created now
 */
export async function ensureDemoCoupon(servers: Stores): Promise<boolean> {
  if (!(await insertFirst(servers.database, DEMO_ID, 'Demo coupon', DEMO_STOCK))) return false;
  await preloadCoupon(servers, DEMO_ID);
  servers.log.info({ couponId: DEMO_ID, stock: DEMO_STOCK }, 'created and preloaded the demo coupon');
  return true;
}
