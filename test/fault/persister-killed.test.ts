// The persister's process is killed, stopped, or left without MySQL: at the end each grant has exactly one row.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { test } from 'node:test';
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
  waitForEmptyOutbox,
  waitForEntriesInHand,
} from '../support/handover.ts';
import { forkPersister } from '../support/persister-process.ts';
import { freshDatabase, startMysql, startRedis } from '../support/servers.ts';
import { waitFor, within } from '../support/wait.ts';

test(
  'a persister killed between commit and acknowledgement: ' + 'delivered again, no row twice, none missing',
  async (t) => {
    const server = await startRedis(t);
    const mysqlUrl = await freshDatabase(t);
    const database = await openMigrated(t, mysqlUrl);
    await createCoupon(database, 1, 2000);
    const redis = connectRedis(t, server.url);
    const users = makeUsers(2000);
    const { outbox } = couponKeys(1);

    const first = forkPersister(t, server.url, mysqlUrl);
    // What it reads from now on is not refused for an older epoch.
    await waitFor('the gate is open', () => isVerified(redis));
    // The commit waits for the coupon's row until the persister has read all; then Redis lets no write through, so that
    // the acknowledgement waits there, and is forgotten with its connection.
    const letCommit = await holdCoupon(t, database);
    await grant(redis, { couponId: 1, users });
    await waitForEntriesInHand(redis, 20);
    await redis.call('CLIENT', 'PAUSE', 60_000, 'WRITE');
    await letCommit();
    const isWritten = async () => {
      const [found] = await database.query<{ written: number }>('SELECT COUNT(*) AS written FROM user_coupon');
      return found?.written === 2000;
    };
    await waitFor('all rows are committed', isWritten);
    first.child.kill('SIGKILL');
    await first.exited;
    await redis.call('CLIENT', 'UNPAUSE');
    assert.equal(await redis.xlen(outbox), 20, 'nothing is acknowledged');

    const second = forkPersister(t, server.url, mysqlUrl);
    await second.ready();
    await waitForEmptyOutbox(redis, 1);
    await assertRows(database, { couponId: 1, users });
  },
);

test('a persister killed again and again while it writes: complete, and no row twice', async (t) => {
  const server = await startRedis(t);
  const mysqlUrl = await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  await createCoupon(database, 1, 60_000);
  const redis = connectRedis(t, server.url);
  const users = makeUsers(60_000);
  const count = async (): Promise<number> => {
    const [found] = await database.query<{ written: number }>('SELECT COUNT(*) AS written FROM user_coupon');
    return found?.written ?? 0;
  };
  for (let start = 0; start < users.length; start += 12_000) {
    // More in each round, so that each has something to write however late the kill of the one before came.
    await grant(redis, { couponId: 1, users: users.slice(start, start + 12_000), firstSequence: start + 1 });
    const { child, exited } = forkPersister(t, server.url, mysqlUrl);
    const before = await count();
    await waitFor('it has written something', async () => (await count()) > before);
    child.kill('SIGKILL');
    await exited;
  }
  forkPersister(t, server.url, mysqlUrl);
  await waitForEmptyOutbox(redis, 1, 30_000);
  await assertRows(database, { couponId: 1, users });
});

test(
  'MySQL is away when the persister starts again: it ' + 'consumes all the same, and writes once MySQL is there',
  async (t) => {
    const [server, mysql] = await Promise.all([startRedis(t), startMysql(t)]);
    const database = await openMigrated(t, mysql.mysqlUrl);
    await createCoupon(database, 1, 10);
    // It knows from then on that this Redis belongs to this MySQL.
    const first = forkPersister(t, server.url, mysql.mysqlUrl);
    await first.ready();
    first.child.kill('SIGKILL');
    await Promise.all([first.exited, mysql.stop()]);
    const redis = connectRedis(t, server.url);
    const persister = forkPersister(t, server.url, mysql.mysqlUrl);
    await persister.ready();
    await grant(redis, { couponId: 1, users: [3, 1, 2] });
    await waitForEntriesInHand(redis, 1);
    await mysql.restart();
    await waitForEmptyOutbox(redis, 1);
    await assertRows(database, { couponId: 1, users: [3, 1, 2] });
  },
);

test(
  'the process stops in order on SIGTERM and on request, ' + 'ignores SIGINT, and does not outlive its primary',
  async (t) => {
    const server = await startRedis(t);
    const mysqlUrl = await freshDatabase(t);
    await openMigrated(t, mysqlUrl);
    const stops: Record<string, (child: ChildProcess) => void> = {
      SIGTERM: (child) => child.kill('SIGTERM'),
      request: (child) => child.send({ type: 'stop' }),
      disconnect: (child) => child.disconnect(),
    };
    for (const [how, stop] of Object.entries(stops)) {
      const { child, exited, ready, messages } = forkPersister(t, server.url, mysqlUrl);
      await ready();
      child.kill('SIGINT');
      await waitFor('it lives on', () => messages.filter(({ type }) => type === 'heartbeat').length >= 2);
      stop(child);
      assert.deepEqual(await within(3000, `its end after ${how}`, exited), [0, null]);
    }
  },
);

test('a stop with MySQL away ends in time, and leaves what is not written in the outbox', async (t) => {
  const [server, mysql] = await Promise.all([startRedis(t), startMysql(t)]);
  const database = await openMigrated(t, mysql.mysqlUrl);
  await createCoupon(database, 1, 1000);
  const redis = connectRedis(t, server.url);
  const { child, exited, ready } = forkPersister(t, server.url, mysql.mysqlUrl);
  await ready();
  await mysql.freeze();
  await grant(redis, { couponId: 1, users: makeUsers(1000) });
  await waitForEntriesInHand(redis, 10);
  child.disconnect();
  assert.deepEqual(await within(3000, 'its end', exited), [0, null]);
  assert.equal(await redis.xlen(couponKeys(1).outbox), 10);
  await mysql.resume();
  forkPersister(t, server.url, mysql.mysqlUrl);
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users: makeUsers(1000) });
});
