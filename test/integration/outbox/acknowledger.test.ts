import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Acknowledger } from '../../../src/outbox/acknowledger.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { CONSUMER_GROUP, couponKeys } from '../../../src/redis/keys.ts';
import { OutageLog } from '../../../src/runtime/outage-log.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { connectRedis, grant, killConnections, log, makeUsers } from '../../support/handover.ts';
import { startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

/** Outboxes with entries of one row each, all of them delivered. */
async function setUp(t: TestContext, { coupons = 1, entries = 10 } = {}) {
  const server = await startRedis(t, { settings: { appendfsync: 'no' } });
  const redis = connectRedis(t, server.url);
  const commands = connectForCommands(server.url, 'acknowledger');
  const reading = connectForCommands(server.url, 'reader', 60_000);
  const giveUp = new AbortController();
  t.after(() => {
    giveUp.abort();
    commands.disconnect();
    reading.disconnect();
  });
  const ids = new Map<number, string[]>();
  for (let couponId = 1; couponId <= coupons; couponId++) {
    const { outbox } = couponKeys(couponId);
    await redis.xgroup('CREATE', outbox, CONSUMER_GROUP, '0', 'MKSTREAM');
    await grant(redis, { couponId, users: makeUsers(entries), entryRows: 1 });
    await redis.xreadgroup('GROUP', CONSUMER_GROUP, 'reader', 'COUNT', entries, 'STREAMS', outbox, '>');
    ids.set(
      couponId,
      (await redis.xrange(outbox, '-', '+')).map(([id]) => id),
    );
  }
  const counted = { removed: 0 };
  const acknowledger = new Acknowledger({
    redis: commands,
    outage: new OutageLog('Redis', log),
    countRemoved: (removed) => {
      counted.removed += removed;
    },
    signal: giveUp.signal,
  });
  const left = async (couponId: number) => redis.xlen(couponKeys(couponId).outbox);
  return { server, redis, reading, acknowledger, giveUp, counted, ids: (id: number) => ids.get(id) ?? [], left };
}

test('without a read to come it is sent at once, many coupons in one call', async (t) => {
  const { server, acknowledger, counted, ids, left } = await setUp(t, { coupons: 20 });
  const commands = await commandsDuring(server, async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => acknowledger.acknowledge(index + 1, ids(index + 1))));
  });
  for (let couponId = 1; couponId <= 20; couponId++) assert.equal(await left(couponId), 0);
  assert.equal(counted.removed, 200);
  const calls = (commands.get('evalsha') ?? 0) + (commands.get('eval') ?? 0);
  assert.equal(calls, 1);
});

test('more than one call takes is sent in several', async (t) => {
  const { acknowledger, counted, ids, left } = await setUp(t, { entries: 2500 });
  await acknowledger.acknowledge(1, ids(1));
  assert.deepEqual([await left(1), counted.removed], [0, 2500]);
});

test('while reads come it waits for the next one, and no longer than until none is to come', async (t) => {
  const { reading, acknowledger, ids, left } = await setUp(t);
  const [first, second, ...rest] = ids(1) as [string, string, ...string[]];
  acknowledger.rideWithRead(reading)();
  const isFirst = acknowledger.acknowledge(1, [first]);
  await turn();
  await turn();
  assert.equal(await left(1), 10, 'it waits');
  const settled = acknowledger.rideWithRead(reading);
  await reading.ping();
  settled();
  await isFirst;
  assert.equal(await left(1), 9);
  const isSecond = acknowledger.acknowledge(1, [second]);
  acknowledger.sendAtOnce();
  await isSecond;
  await acknowledger.acknowledge(1, rest);
  assert.equal(await left(1), 0);
});

test('one that is lost with the connection of its read is sent again', async (t) => {
  const { redis, reading, acknowledger, counted, ids, left } = await setUp(t);
  acknowledger.rideWithRead(reading)();
  const acknowledged = acknowledger.acknowledge(1, ids(1));
  await redis.call('CLIENT', 'PAUSE', 60_000, 'WRITE');
  const settled = acknowledger.rideWithRead(reading);
  await waitFor('the read has ended with its connection', () => killConnections(redis, 'couponrush-reader'));
  settled();
  await redis.call('CLIENT', 'UNPAUSE');
  await acknowledged;
  assert.deepEqual([await left(1), counted.removed], [0, 10]);
});

test('an outbox that was overwritten does not keep the others of its call', async (t) => {
  const { redis, acknowledger, counted, ids, left } = await setUp(t, { coupons: 3 });
  await redis.del(couponKeys(2).outbox);
  await redis.set(couponKeys(2).outbox, 'text');
  await Promise.all([1, 2, 3].map((couponId) => acknowledger.acknowledge(couponId, ids(couponId))));
  assert.deepEqual([await left(1), await left(3), counted.removed], [0, 0, 20]);
});

test('what is not acknowledged when the persister stops is rejected', async (t) => {
  const { redis, acknowledger, giveUp, ids } = await setUp(t);
  await redis.call('CLIENT', 'PAUSE', 60_000, 'WRITE');
  const acknowledged = acknowledger.acknowledge(1, ids(1));
  acknowledged.catch(() => {});
  await turn();
  giveUp.abort();
  await killConnections(redis, 'couponrush-acknowledger');
  await assert.rejects(acknowledged, { name: 'AbortError' });
  await assert.rejects(acknowledger.acknowledge(1, ids(1)), { name: 'AbortError' });
});
