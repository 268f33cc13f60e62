// A gate on the stores of a test, which looks ten times a second.
import { adoptCoupon } from '../../src/coupons/adopt.ts';
import { Gate, type GateOptions } from '../../src/gate/gate.ts';
import { type CouponStores, silent } from './coupon-stores.ts';
import type { Scope } from './servers.ts';

let gates = 0;

export function startGate(t: Scope, stores: CouponStores, options: Partial<GateOptions> = {}): Gate {
  const gate = new Gate({
    server: stores.server.url,
    name: `gate-${++gates}`,
    database: stores.database,
    log: silent,
    adopt: (couponId) => adoptCoupon(stores, couponId),
    checkEveryMs: 100,
    ...options,
  });
  t.after(() => gate.stop());
  gate.start();
  return gate;
}
