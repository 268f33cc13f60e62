// A hand that types a larger stock into Redis while the coupon is rushed for. The total that MySQL has agreed to stands
// in the meta, and lua/issue.lua takes the smaller of the two: so not one more is issued, whatever command it was and
// however short the time until the reconciler takes it back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restockCoupon } from '../../src/coupons/restock.ts';
import { overviewOf } from '../../src/overview/overview.ts';
import { couponKeys } from '../../src/redis/keys.ts';
import { runScript } from '../../src/redis/scripts.ts';
import { listAudit } from '../../src/store/tables/audit.ts';
import { type Coupon, readCoupon } from '../../src/store/tables/coupons.ts';
import { request } from '../support/ask.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

const STOCK = 200;
const ADDED = 50;
/** Answers after each command. Each of them would have been a coupon too many. */
const ANSWERS_EACH = 40;

type Typed = readonly (string | number)[];

/** What makes the stock larger, by command; each line is typed as it stands. */
function linesThatRaise(stock: string): readonly Typed[][] {
  // 'larger' is a key of the test's own; its dump is taken below.
  return [
    [['SET', stock, 3000]],
    [['SETRANGE', stock, 0, '9']],
    [['INCRBY', stock, 3000]],
    [['APPEND', stock, '0']],
    [
      ['SET', 'larger', 3000],
      ['RENAME', 'larger', stock],
    ],
    [
      ['SET', 'larger', 999999999999999],
      ['COPY', 'larger', stock, 'REPLACE'],
    ],
    [['MSET', stock, 3000, 'larger', 1]],
    [['GETSET', stock, 100000]],
    [['SETEX', stock, 100, 3000]],
    [['BITFIELD', stock, 'SET', 'u8', 0, 57]],
  ];
}

/** Samples the holders every few milliseconds until `stop` is called. @returns the most that were seen */
function watchHolders({ stores, couponId }: Scene): { stop(): Promise<number> } {
  let watching = true;
  let most = 0;
  const { holders } = couponKeys(couponId);
  const loop = (async () => {
    while (watching) {
      most = Math.max(most, await stores.redis.scard(holders));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  return {
    stop: async () => {
      watching = false;
      await loop;
      return most;
    },
  };
}

/** What users, operators and metrics see of it, and what HTTP workers learn the list of holders by. */
async function assertSoldOut({ app, stores: { redis, database }, couponId }: Scene): Promise<void> {
  const { body } = await request(app.url, `/api/v2/coupons/${couponId}`);
  assert.deepEqual([body.total, body.remaining, body.state], [STOCK, 0, 'SOLD_OUT']);
  const { live, phase } = await overviewOf(redis, (await readCoupon(database, couponId)) as Coupon, Date.now());
  assert.deepEqual([live?.stock, live?.left, phase], [STOCK, 0, 'sold-out']);
  const { stock, holders, meta, revoked } = couponKeys(couponId);
  const page = await runScript(redis, 'holders-page', [stock, holders, meta, revoked], ['holders', '0', 10]);
  assert.equal((page as unknown[])[2], STOCK);
}

test('a larger stock that is typed into Redis in a rush issues nothing more, by whatever command', async (t) => {
  const scene = await startScene(t, { stock: STOCK });
  const { couponId, stores } = scene;
  const { redis, database } = stores;
  const { stock } = couponKeys(couponId);
  const rush = scene.rush({ perSecond: 400, seconds: 60 });
  const watch = watchHolders(scene);
  await rush.nextGrant();
  // Once while it is issued, then when the last one is gone: from there on each further grant would be one too many.
  await redis.call('SET', stock, 3000);
  await waitFor('it is sold out', () => rush.granted >= STOCK);
  await redis.call('SET', 'larger', 5000);
  const dump = await redis.dumpBuffer('larger');
  const typed = linesThatRaise(stock);
  for (const lines of [...typed, [['RESTORE', stock, 0, dump, 'REPLACE']] as const]) {
    for (const [command, ...args] of lines) await redis.call(command as string, ...(args as string[]));
    assert.ok(Number(await redis.get(stock)) > STOCK, `${lines[0]?.[0]} made it larger`);
    const answered = rush.attempts.length;
    await waitFor('it is rushed for', () => rush.attempts.length >= answered + ANSWERS_EACH, { everyMs: 5 });
    assert.equal(rush.granted, STOCK, String(lines[0]));
    await assertSoldOut(scene);
  }
  await waitFor('the stock is taken back', async () => (await redis.get(stock)) === String(STOCK));
  const records = await listAudit(database, { couponId, limit: 20 });
  assert.ok(records.some(({ action, detail }) => action === 'restore' && detail?.startsWith('in Redis alone: stock')));
  assert.equal(await watch.stop(), STOCK);

  const outcome = await restockCoupon(stores, { couponId, actor: 'test' }, { add: ADDED });
  assert.equal(outcome.inEffect, true, 'a restock is the way up');
  await waitFor('those are issued', () => rush.granted === STOCK + ADDED);
  rush.stop();
  const { rows } = await scene.prove(await rush.done);
  assert.equal(rows, STOCK + ADDED);
  assert.equal(await redis.xlen(couponKeys(couponId).dead), 0);
});
