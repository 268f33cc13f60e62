import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONSUMER_GROUP, couponKeys } from '../../../src/redis/keys.ts';
import { residentMb } from '../../support/process-memory.ts';
import { type Scene, startScene } from '../../support/scene.ts';

const HIGH_WATER_ROWS = 1000;
const ENTRY_ROWS_MAX = 100;

/** Rows of the entries that are delivered and not acknowledged. */
async function rowsInHand({ stores, couponId }: Scene): Promise<number> {
  const { outbox } = couponKeys(couponId);
  const [count, first, last] = (await stores.redis.xpending(outbox, CONSUMER_GROUP)) as [number, string, string];
  if (count === 0) return 0;
  const entries = await stores.redis.xrange(outbox, first, last);
  return entries.reduce((sum, [, fields]) => sum + (fields[5] as string).split(',').length, 0);
}

test('MySQL slower than the spike: reading stops at the high-water mark, and memory stays flat', async (t) => {
  const scene = await startScene(t, {
    stock: 10_000,
    mysqlProxy: true,
    env: {
      COUPONRUSH_HIGH_WATER_ROWS: String(HIGH_WATER_ROWS),
      COUPONRUSH_LOW_WATER_ROWS: '500',
      COUPONRUSH_BATCH_USERS_MAX: String(ENTRY_ROWS_MAX),
      COUPONRUSH_INSERT_ROWS_MAX: '100',
    },
  });
  const [persister] = scene.app.pids('persister') as [number];
  // A row takes about 20 bytes: 250 of 500 a second.
  scene.mysqlProxy.bandwidth(5000);
  const rush = scene.rush({ perSecond: 500, seconds: 6 });
  const beforeMb = residentMb(persister);
  let inHandMax = 0;
  let backlogMax = 0;
  let memoryMaxMb = 0;
  for (let finished = false; !finished; ) {
    finished = await Promise.race([
      rush.done.then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
    ]);
    inHandMax = Math.max(inHandMax, await rowsInHand(scene));
    backlogMax = Math.max(backlogMax, await scene.stores.redis.xlen(couponKeys(scene.couponId).outbox));
    memoryMaxMb = Math.max(memoryMaxMb, residentMb(persister));
  }
  t.diagnostic(
    `in hand up to ${inHandMax} rows, in the outbox up to ${backlogMax} ` +
      `entries, memory ${Math.round(beforeMb)} to ${Math.round(memoryMaxMb)} MB`,
  );
  assert.ok(inHandMax > HIGH_WATER_ROWS / 2, 'MySQL was slower than the spike');
  assert.ok(inHandMax <= HIGH_WATER_ROWS + ENTRY_ROWS_MAX, `${inHandMax} rows in hand`);
  assert.ok(memoryMaxMb < beforeMb + 50, `memory grew from ${beforeMb} to ${memoryMaxMb} MB`);
  const history = await rush.done;
  assert.ok(
    history.every(({ status }) => status === 201),
    'issuing does not notice',
  );
  await scene.mysqlProxy.heal();
  await scene.prove(history);
});
