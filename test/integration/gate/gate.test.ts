import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import type { Gate } from '../../../src/gate/gate.ts';
import { createLogger } from '../../../src/log.ts';
import { couponKeys, GATE_OWNER, VERIFIED_RUN_ID } from '../../../src/redis/keys.ts';
import type { Database } from '../../../src/store/database.ts';
import {
  type CouponStores,
  decide,
  holdersOf,
  insertRows,
  isVerified,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';
import { startGate } from '../../support/gate.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const INFO = 30;
const WARN = 40;

function waitUntilOpen(stores: CouponStores, gate: Gate): Promise<unknown> {
  return waitFor('the gate is open', async () => gate.status().state === 'open' && (await isVerified(stores.redis)));
}

/** A coupon with `issued` of its stock in MySQL, and a gate that is open. */
async function prepare(t: Scope, stock: number, issued: number) {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, stock);
  await preloadCoupon(stores, couponId);
  if (issued > 0) await decide(stores.redis, couponId, numbers(1, issued));
  await persistOutbox(stores, couponId);
  const gate = startGate(t, stores);
  await waitUntilOpen(stores, gate);
  return { stores, couponId, gate, keys: couponKeys(couponId) };
}

test('a fresh Redis is verified by the first start', async (t) => {
  const stores = await openStores(t);
  assert.equal(await isVerified(stores.redis), false);
  const lines: { level: number; msg: string }[] = [];
  const log = createLogger('test', 'info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const gate = startGate(t, stores, { log });
  await waitUntilOpen(stores, gate);
  const levels = () => lines.filter(({ msg }) => msg.includes('compared with MySQL')).map(({ level }) => level);
  assert.deepEqual(levels(), [INFO], 'a first start does not look like a fault');
  await stores.server.restart();
  await waitUntilOpen(stores, gate);
  assert.deepEqual(levels(), [INFO, WARN]);
});

test('a Redis that restarts with its data is verified without a rebuild', async (t) => {
  const { stores, couponId, gate } = await prepare(t, 100, 50);
  const { redis, server } = stores;
  await decide(redis, couponId, numbers(51, 60));
  const { rebuilds } = gate.status();
  await server.restart();
  const returned = performance.now();
  await waitFor('the test is connected again', () => redis.status === 'ready');
  await waitUntilOpen(stores, gate);
  t.diagnostic(`verified ${Math.round(performance.now() - returned)} ms after Redis answered`);
  assert.equal(gate.status().rebuilds, rebuilds);
  assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 60));
  assert.deepEqual(await decide(redis, couponId, [60, 61]), ['decided', 'di']);
});

test('a Redis that restarts empty is rebuilt before it is verified', async (t) => {
  const { stores, couponId, gate, keys } = await prepare(t, 100, 50);
  const { redis, server } = stores;
  await decide(redis, couponId, numbers(51, 60));
  await server.restart({ empty: true });
  await waitFor('the test is connected again', () => redis.status === 'ready');
  await waitUntilOpen(stores, gate);
  assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 50));
  assert.equal(await redis.get(keys.stock), '100');
  assert.deepEqual(await decide(redis, couponId, numbers(46, 105)), [
    'decided',
    `${'d'.repeat(5)}${'i'.repeat(50)}${'s'.repeat(5)}`,
  ]);
});

test('keys that vanish from a running Redis are rebuilt', async (t) => {
  const { stores, couponId, gate, keys } = await prepare(t, 100, 50);
  const { redis } = stores;
  const isWhole = async () =>
    (await redis.get(keys.stock)) === '100' &&
    (await redis.hget(keys.meta, 'sequence')) === '50' &&
    (await redis.scard(keys.holders)) === 50 &&
    (await isVerified(redis));
  const losses: [string, () => Promise<unknown>][] = [
    ['FLUSHALL', () => redis.flushall()],
    ['DEL stock', () => redis.del(keys.stock)],
    ['DEL meta', () => redis.del(keys.meta)],
    ['DEL holders', () => redis.del(keys.holders)],
    ['HDEL sequence', () => redis.hdel(keys.meta, 'sequence')],
    ['SET stock to no number', () => redis.set(keys.stock, 'many')],
  ];
  for (const [name, lose] of losses) {
    const { rebuilds } = gate.status();
    await lose();
    await waitFor(`${name} is repaired`, isWhole);
    if (name !== 'DEL meta') assert.equal(gate.status().rebuilds, rebuilds + 1, name);
  }
  assert.deepEqual(await decide(redis, couponId, [50, 51]), ['decided', 'di']);
});

test('a Redis that restarts again during the rebuild is not verified by what was done before', async (t) => {
  const stores = await openStores(t);
  const { redis, server, database } = stores;
  const couponId = await newCoupon(database, 1000);
  await insertRows(database, couponId, numbers(1, 300));
  await database.execute("UPDATE coupon SET state = 'OPEN'");
  // Holds the rebuild up after it has begun.
  let restarts = 0;
  const slow: Database = {
    ...wrap(database),
    async query<Row>(sql: string, params?: never): Promise<Row[]> {
      if (sql.includes('COUNT(*)') && restarts === 0) {
        restarts += 1;
        assert.equal(await redis.scard(couponKeys(couponId).staging), 300);
        await server.restart({ empty: true });
        assert.equal(await redis.ping().catch(() => 'away'), 'away');
      }
      return database.query<Row>(sql, params);
    },
  };
  const gate = startGate(t, stores, { database: slow });
  await waitFor('the restart has happened', () => restarts === 1);
  await waitFor('the test is connected again', () => redis.status === 'ready');
  await waitUntilOpen(stores, gate);
  assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 300));
});

test('two gates: one verifies, and one that was frozen meanwhile changes nothing', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 1000);
  await insertRows(database, couponId, numbers(1, 300));
  await database.execute("UPDATE coupon SET state = 'OPEN'");
  let thaw = (): void => {};
  let frozen = false;
  const thawed = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  const freezing: Database = {
    ...wrap(database),
    async query<Row>(sql: string, params?: never): Promise<Row[]> {
      if (sql.includes('COUNT(*)') && !frozen) {
        frozen = true;
        await thawed;
      }
      return database.query<Row>(sql, params);
    },
  };
  const first = startGate(t, stores, { database: freezing });
  await waitFor('the first one is frozen', () => frozen);
  // What happens to its locks in a process that stands still.
  await redis.del(GATE_OWNER, couponKeys(couponId).rebuildLock);
  const second = startGate(t, stores);
  await waitUntilOpen(stores, second);
  await decide(redis, couponId, numbers(301, 400));
  await persistOutbox(stores, couponId);
  const meta = await redis.hgetall(couponKeys(couponId).meta);
  thaw();
  await waitFor('the first one sees that it is done', () => first.status().state === 'open');
  assert.deepEqual(await redis.hgetall(couponKeys(couponId).meta), meta);
  assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 400));
});

test('while MySQL is away the gate stays shut, says so once, and opens when it is back', async (t) => {
  const stores = await openStores(t);
  let away = true;
  let tries = 0;
  const flaky: Database = {
    ...wrap(stores.database),
    async query<Row>(sql: string, params?: never): Promise<Row[]> {
      if (!away) return stores.database.query<Row>(sql, params);
      tries += 1;
      return (await stores.database.query<Row>('SELECT * FROM no_such_table')) as Row[];
    },
  };
  const lines: string[] = [];
  const log = createLogger('test', 'warn', { write: (line: string) => void lines.push(JSON.parse(line).msg) });
  const gate = startGate(t, stores, { database: flaky, log });
  await waitFor('the gate has asked MySQL a few times', () => tries >= 4);
  assert.equal(gate.status().mysqlAway, true);
  assert.deepEqual(lines, ['the gate can not ask MySQL; it waits']);
  assert.notEqual(gate.status().state, 'open');
  assert.equal(await stores.redis.get(VERIFIED_RUN_ID), null);
  away = false;
  await waitUntilOpen(stores, gate);
});

test('a rebuild that a crash left behind is taken up by the next gate', async (t) => {
  const { stores, couponId, gate, keys } = await prepare(t, 100, 50);
  const { redis, server } = stores;
  await gate.stop();
  // Begun, staged in part, and killed.
  await redis.set(keys.rebuildLock, 'of a dead process', 'PX', 300);
  await redis.set(GATE_OWNER, 'of a dead process', 'PX', 300);
  await redis.del(keys.stock);
  await redis.sadd(keys.staging, 1, 2, 3);
  await server.restart();
  await waitFor('the test is connected again', () => redis.status === 'ready');
  await waitUntilOpen(stores, startGate(t, stores));
  assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 50));
  assert.equal(await redis.exists(keys.staging, keys.rebuildLock), 0);
});

test('a stock that was set by hand is adopted by the gate, without a request', async (t) => {
  const { stores, gate } = await prepare(t, 100, 0);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 100);
  await redis.set(couponKeys(couponId).stock, 100);
  await waitFor('it is adopted', async () => (await redis.hget(couponKeys(couponId).meta, 'state')) === 'open');
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'i']);
  assert.equal(gate.status().state, 'open');
});

test('an outbox that somebody trimmed is found out, and its grants reach MySQL all the same', async (t) => {
  const { stores, couponId, gate, keys } = await prepare(t, 100, 50);
  const { redis, database } = stores;
  await decide(redis, couponId, numbers(51, 70));
  await redis.xtrim(keys.outbox, 'MAXLEN', 0);
  await waitFor('they are in the outbox again', async () => (await redis.xlen(keys.outbox)) === 1);
  assert.equal(gate.status().missingFound, 20);
  await persistOutbox(stores, couponId);
  const rows = await database.query<{ n: number; last: number }>(
    'SELECT COUNT(*) AS n, MAX(sequence) AS `last` FROM user_coupon',
  );
  assert.deepEqual(rows, [{ n: 70, last: 70 }]);
  // The outbox is amended before the coupon opens again.
  await waitFor('it is open again', async () => (await redis.exists(keys.stock)) === 1);
  assert.deepEqual(await decide(redis, couponId, [70, 71]), ['decided', 'di']);
  await persistOutbox(stores, couponId);
  assert.equal(gate.status().missingFound, 20);
});

test('a lock of a dead process that a clock set back would keep for an hour does not keep the gate shut', async (t) => {
  const { stores, couponId, gate, keys } = await prepare(t, 100, 50);
  const { redis } = stores;
  await gate.stop();
  await redis.set(keys.rebuildLock, 'of a dead process', 'PX', 3_600_000);
  await redis.set(GATE_OWNER, 'of a dead process', 'PX', 3_600_000);
  await redis.del(keys.stock, VERIFIED_RUN_ID);
  await waitUntilOpen(stores, startGate(t, stores));
  assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 50));
});

test('a coupon that can not be rebuilt stays closed, and does not keep the others from being issued', async (t) => {
  const { stores, couponId, gate, keys } = await prepare(t, 100, 50);
  const { redis, database } = stores;
  const other = await newCoupon(database, 100);
  await preloadCoupon(stores, other);
  await gate.stop();
  await redis.del(keys.holders, VERIFIED_RUN_ID);
  await redis.set(keys.holders, 'not a set');
  await waitUntilOpen(stores, startGate(t, stores));
  assert.equal(await redis.exists(keys.stock), 0);
  assert.deepEqual(await decide(redis, other, [1]), ['decided', 'i']);
  assert.deepEqual(await decide(redis, couponId, [1]), ['not-ready', '']);
  // The other one is still looked after.
  await redis.del(couponKeys(other).holders);
  await waitFor('it is repaired', async () => (await redis.scard(couponKeys(other).holders)) === 1);
});

test('an older Redis does not issue what was archived since', async (t) => {
  const { stores, couponId, gate, keys } = await prepare(t, 100, 50);
  const { redis, database } = stores;
  await gate.stop();
  await database.execute("UPDATE coupon SET state = 'ARCHIVED'");
  await redis.del(VERIFIED_RUN_ID);
  await waitUntilOpen(stores, startGate(t, stores));
  assert.equal(await redis.exists(keys.stock), 0);
  assert.deepEqual(await decide(redis, couponId, [51]), ['not-ready', '']);
});

/** The methods of a class instance, to be replaced one by one. */
function wrap(database: Database): Database {
  return {
    query: (sql, params) => database.query(sql, params),
    execute: (sql, params) => database.execute(sql, params),
    transaction: (work) => database.transaction(work),
    usage: () => database.usage(),
    close: () => database.close(),
  };
}
