// A persister that is asked to stop while it has rows to write: no other installation can take its Redis meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOwnerConnected } from '../../src/gate/installation.ts';
import { couponKeys } from '../../src/redis/keys.ts';
import { isVerified } from '../support/coupon-stores.ts';
import {
  assertRows,
  connectRedis,
  createCoupon,
  grant,
  holdCoupon,
  makeUsers,
  openMigrated,
  waitForEntriesInHand,
} from '../support/handover.ts';
import { forkPersister } from '../support/persister-process.ts';
import { freshDatabase, startRedis } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';

/** A gate that does not wait for the drain ends as soon as the process is asked to stop. */
const DRAINS_MS = 500;

for (const held of ['MySQL', 'Redis'] as const) {
  test(`a persister that drains keeps its Redis until the last row is acknowledged: ${held} holds it up`, async (t) => {
    const server = await startRedis(t);
    const mysqlUrl = await freshDatabase(t);
    const database = await openMigrated(t, mysqlUrl);
    await createCoupon(database, 1, 100);
    const redis = connectRedis(t, server.url);
    const { child, exited } = forkPersister(t, server.url, mysqlUrl);
    await waitFor('the gate is open', () => isVerified(redis));
    const letCommit = await holdCoupon(t, database);
    await grant(redis, { couponId: 1, users: makeUsers(100) });
    await waitForEntriesInHand(redis, 1);
    const letGo = held === 'MySQL' ? letCommit : () => redis.call('CLIENT', 'UNPAUSE');
    if (held === 'Redis') {
      await redis.call('CLIENT', 'PAUSE', 60_000, 'WRITE');
      await letCommit();
    }
    child.send({ type: 'stop', withinMs: 20_000 });
    const released = sleep(DRAINS_MS).then(letGo);
    while (child.exitCode === null) {
      const isKept = await isOwnerConnected(redis);
      const isWritten = (await redis.xlen(couponKeys(1).outbox)) === 0;
      assert.ok(isKept || isWritten, 'another installation could have taken this Redis');
      await sleep(10);
    }
    await released;
    assert.deepEqual(await exited, [0, null]);
    assert.equal(await isOwnerConnected(redis), false);
    await assertRows(database, { couponId: 1, users: makeUsers(100) });
  });
}
