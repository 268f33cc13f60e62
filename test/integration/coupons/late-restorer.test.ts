// Processes that stand still in the middle of a move, lose MySQL's lock of the coupon's record, and go on while an
// operator lowers the stock: whatever they do late, no more are issued than MySQL allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { restockCoupon } from '../../../src/coupons/restock.ts';
import { readStored, restoreCoupon } from '../../../src/coupons/restore.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { runScript } from '../../../src/redis/scripts.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import type { Stores } from '../../../src/stores.ts';
import {
  type CouponStores,
  decide,
  holdersOf,
  newCoupon,
  numbers,
  openStores,
  silent,
} from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

const BEFORE = 100;
const LOWERED = 60;
const order = (couponId: number, actor: string) => ({ couponId, actor });

interface FrozenProcess {
  readonly servers: Stores;
  /** Resolves when it stands still before its n-th command to Redis. */
  readonly stands: Promise<void>;
  /** Its session of MySQL is ended, as by a restart, a time-out or a KILL. It does not know. */
  loseLock(): Promise<void>;
  goOn(): void;
}

/** Servers of a process of its own that stands still before its n-th command to Redis. */
async function freezeBefore(t: Scope, { server, mysqlUrl, database }: CouponStores, n: number): Promise<FrozenProcess> {
  const own = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 5000 });
  const redis = connectForCommands(server.url, 'test', 5000);
  t.after(async () => {
    redis.disconnect();
    await own.close();
  });
  await redis.ping();
  const [session] = await own.query<{ id: number }>('SELECT CONNECTION_ID() AS id');
  let stand = () => {};
  const stands = new Promise<void>((resolve) => {
    stand = resolve;
  });
  let goOn = () => {};
  const goes = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const send = redis.sendCommand.bind(redis);
  let sent = 0;
  redis.sendCommand = (async (...command: Parameters<typeof send>) => {
    if (++sent >= n) {
      stand();
      await goes;
    }
    return await send(...command);
  }) as typeof send;
  return {
    servers: { redis, database: own, log: silent },
    stands,
    loseLock: async () => void (await database.query('KILL ?', [session?.id as number]).catch(() => {})),
    goOn,
  };
}

/** The operator's lowering, with something that happens after Redis was lowered and before MySQL is. */
function lowerWhile(stores: CouponStores, couponId: number, meanwhile: () => Promise<void>): Promise<unknown> {
  const { database } = stores;
  const interrupted: Stores = {
    ...stores,
    database: {
      query: database.query.bind(database),
      execute: database.execute.bind(database),
      usage: database.usage.bind(database),
      close: database.close.bind(database),
      transaction: (work) =>
        database.transaction(async (tx) => {
          const result = await work(tx);
          await meanwhile();
          return result;
        }),
    },
  };
  return restockCoupon(interrupted, order(couponId, 'the operator'), { total: LOWERED });
}

/** Somebody lowered the stock in Redis and died: what a reconciler restores. */
async function leaveLowered(stores: CouponStores, couponId: number): Promise<void> {
  const { stock, holders, meta, rebuildLock } = couponKeys(couponId);
  const version = (await readCoupon(stores.database, couponId))?.version as number;
  const args = [version, BEFORE - 10];
  const [status] = (await runScript(stores.redis, 'lower-stock', [stock, holders, meta, rebuildLock], args)) as [
    string,
  ];
  assert.equal(status, 'lowered');
}

interface LateProcess {
  readonly name: string;
  readonly prepare?: typeof leaveLowered;
  readonly run: (servers: Stores, couponId: number) => Promise<unknown>;
  /** Steps at which it can stand still, at least. */
  readonly steps: number;
}

const lateProcesses: readonly LateProcess[] = [
  { name: 'a reconciler that restores', prepare: leaveLowered, run: restoreCoupon, steps: 3 },
  {
    name: 'an operator who lowers by less',
    run: (servers, id) => restockCoupon(servers, order(id, 'late'), { total: BEFORE - 20 }),
    steps: 3,
  },
  {
    name: 'an operator who adds',
    run: (servers, id) => restockCoupon(servers, order(id, 'late'), { total: BEFORE + 1 }),
    steps: 1,
  },
];

for (const { name, prepare, run, steps } of lateProcesses) {
  test(`${name}, late, after the lock was lost: never more holders than MySQL allows`, async (t) => {
    const stores = await openStores(t);
    const { redis, database } = stores;
    let stood = 0;
    for (let n = 1; ; n++) {
      const couponId = await newCoupon(database, BEFORE);
      await preloadCoupon(stores, couponId);
      await decide(redis, couponId, numbers(1, 50));
      await prepare?.(stores, couponId);
      const late = await freezeBefore(t, stores, n);
      const ended = run(late.servers, couponId).catch(() => {});
      const stands = await Promise.race([late.stands.then(() => true), ended.then(() => false)]);
      if (!stands) break;
      stood = n;
      await late.loseLock();
      await lowerWhile(stores, couponId, async () => {
        late.goOn();
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 150))]);
        await decide(redis, couponId, numbers(51, 200));
      });
      await ended;
      await decide(redis, couponId, numbers(201, 400));
      const total = (await readCoupon(database, couponId))?.totalStock as number;
      const [holders, stored] = [(await holdersOf(redis, couponId)).length, await readStored(redis, couponId)];
      assert.ok(holders <= total, `stood at step ${n}: ${holders} holders, and MySQL allows ${total}`);
      assert.deepEqual([stored.stock, stored.total, stored.lowering], [String(total), String(total), null]);
    }
    assert.ok(stood >= steps, `it stood still at ${stood} steps`);
  });
}

test('a restore is on record with a version of its own, and only if Redis really differs', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, BEFORE);
  await preloadCoupon(stores, couponId);
  const versionNow = async () => (await readCoupon(database, couponId))?.version as number;
  const { stock, meta } = couponKeys(couponId);
  const version = await versionNow();
  for (let n = 0; n < 3; n++) assert.equal(await restoreCoupon(stores, couponId), 'applied');
  await redis.set(stock, 40);
  await restoreCoupon(stores, couponId);
  assert.deepEqual([await versionNow(), await redis.get(stock)], [version, '40'], 'a smaller stock is left alone');
  await redis.hdel(meta, 'total');
  await restoreCoupon(stores, couponId);
  assert.deepEqual([await versionNow(), await redis.hget(meta, 'total')], [version, String(BEFORE)]);

  const changes: [string, () => Promise<unknown>][] = [
    ['stock 3000', () => redis.set(stock, 3000)],
    ['total 999', () => redis.hset(meta, 'total', 999)],
    [`lowering ${version + 2}`, () => leaveLowered(stores, couponId)],
    [`version ${version + 50}`, () => redis.hset(meta, 'version', version + 50)],
  ];
  for (const [why, change] of changes) {
    await change();
    const before = await readStored(redis, couponId);
    assert.equal(await restoreCoupon(stores, couponId), 'applied');
    const stored = await readStored(redis, couponId);
    const restored = {
      stock: String(BEFORE),
      total: String(BEFORE),
      lowering: null,
      version: String(await versionNow()),
    };
    assert.deepEqual(stored, restored, why);
    const [record] = await listAudit(database, { couponId, limit: 1 });
    assert.deepEqual(
      [record?.action, record?.actor, record?.result, record?.versionAfter, record?.before, record?.detail],
      ['restore', 'couponrush', 'APPLIED', await versionNow(), before, `in Redis alone: ${why}`],
    );
  }
});
