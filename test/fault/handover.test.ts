// MySQL or Redis fails during the hand-over: whatever is killed or frozen on either side of it, at the end
// each grant has exactly one row.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertRows,
  connectRedis,
  createCoupon,
  grant,
  makeUsers,
  openMigrated,
  persisterConfig,
  startPersister,
  waitForEmptyOutbox,
} from '../support/handover.ts';
import { freshDatabase, startMysql, startRedis } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';

test(
  'MySQL is killed, frozen and read-only while rows are ' + 'written: no attempt is burned, and all of them arrive',
  async (t) => {
    const [server, mysql] = await Promise.all([startRedis(t), startMysql(t)]);
    const database = await openMigrated(t, mysql.mysqlUrl);
    await createCoupon(database, 1, 100_000);
    const redis = connectRedis(t, server.url);
    const users = makeUsers(40_000);
    const persister = startPersister(
      t,
      persisterConfig(server.url, mysql.mysqlUrl, { COUPONRUSH_INSERT_TIMEOUT_MS: '1000' }),
    );
    const send = (from: number, to: number) =>
      grant(redis, { couponId: 1, users: users.slice(from, to), firstSequence: from + 1 });
    await send(0, 10_000);
    await waitFor('it writes', () => persister.status().writtenRows > 0);
    await mysql.kill();
    await send(10_000, 20_000);
    await waitFor('it noticed', () => persister.status().mysqlAway);
    await mysql.restart();
    await waitForEmptyOutbox(redis, 1);

    await mysql.freeze();
    await send(20_000, 30_000);
    await waitFor('it noticed', () => persister.status().mysqlAway);
    await mysql.resume();
    await waitForEmptyOutbox(redis, 1);

    await mysql.restart({ settings: ['--read-only=1'] });
    await send(30_000, 40_000);
    await waitFor('it tried', () => persister.status().transientFailures > 0);
    await mysql.restart({ settings: [] });
    await waitForEmptyOutbox(redis, 1);
    await assertRows(database, { couponId: 1, users });
    assert.equal(persister.status().deadLetters, 0);
    assert.equal(persister.status().mysqlAway, false);
  },
);

test('Redis is killed and comes back with its data while the outbox is read: every grant has its row', async (t) => {
  const server = await startRedis(t);
  const mysqlUrl = await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  await createCoupon(database, 1, 100_000);
  const redis = connectRedis(t, server.url);
  const users = makeUsers(40_000);
  await grant(redis, { couponId: 1, users });
  const persister = startPersister(t, persisterConfig(server.url, mysqlUrl));
  for (const part of [1, 2, 3]) {
    await waitFor('it writes', () => persister.status().writtenRows >= part * 6000);
    await server.restart();
  }
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users });
});

test('Redis comes back empty: what is granted after that is read from the beginning of the new outbox', async (t) => {
  const server = await startRedis(t);
  const mysqlUrl = await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  await createCoupon(database, 1, 100);
  const redis = connectRedis(t, server.url);
  startPersister(t, persisterConfig(server.url, mysqlUrl));
  await grant(redis, { couponId: 1, users: [1, 2] });
  await waitForEmptyOutbox(redis, 1);
  await server.restart({ empty: true });
  await waitFor('the grant goes through', () =>
    grant(redis, { couponId: 1, users: [3], firstSequence: 3 }).then(() => true),
  );
  await waitForEmptyOutbox(redis, 1);
  await redis.flushall();
  await grant(redis, { couponId: 1, users: [4], firstSequence: 4 });
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users: [1, 2, 3, 4] });
});
