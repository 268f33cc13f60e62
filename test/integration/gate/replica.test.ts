// A failover that was asked for: the old master lives on as a replica, with our connections to it.
import { test } from 'node:test';
import { openStores } from '../../support/coupon-stores.ts';
import { startGate } from '../../support/gate.ts';
import { startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('a Redis that became a replica is not trusted any more, although its connections stand', async (t) => {
  const stores = await openStores(t);
  const gate = startGate(t, stores);
  await waitFor('the gate is open', () => gate.status().state === 'open');
  // Nothing is written any more, so that nothing but the change of roles makes it look.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const master = await startRedis(t);
  await stores.redis.call('REPLICAOF', '127.0.0.1', new URL(master.url).port);
  await waitFor('the gate is shut', () => gate.status().state !== 'open', { withinMs: 3000 });
});
