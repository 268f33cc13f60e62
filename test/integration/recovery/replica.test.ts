// A failover that was asked for: the old master lives on as a replica, with our connections to it.
import { test } from 'node:test';
import { adoptCoupon } from '../../../src/coupons/adopt.ts';
import { Gate } from '../../../src/recovery/gate.ts';
import { openStores, silent } from '../../support/coupon-stores.ts';
import { startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('a Redis that became a replica is not trusted any more, although its connections stand', async (t) => {
  const stores = await openStores(t);
  const gate = new Gate({
    redisUrl: stores.server.url,
    database: stores.database,
    log: silent,
    adopt: (couponId) => adoptCoupon(stores, couponId),
    checkEveryMs: 100,
  });
  t.after(() => gate.stop());
  gate.start();
  await waitFor('the gate is open', () => gate.status().state === 'open');
  // Nothing is written any more, so that nothing but the change of roles makes it look.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const master = await startRedis(t);
  await stores.redis.call('REPLICAOF', '127.0.0.1', new URL(master.url).port);
  await waitFor('the gate is shut', () => gate.status().state !== 'open', { withinMs: 3000 });
});
