import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CouponCache } from '../../../../src/http/coupons/coupon-cache.ts';

/** A database that knows some coupons, answers when told to, and counts the questions. */
function fakeDatabase(present: Set<number>) {
  const fake = { asked: 0, away: false, gate: Promise.resolve() };
  const query = async <Row>(_sql: string, params: readonly unknown[] = []): Promise<Row[]> => {
    fake.asked += 1;
    await fake.gate;
    if (fake.away) throw new Error('away');
    return (present.has(params[0] as number) ? [{ id: params[0] }] : []) as Row[];
  };
  return { ...fake, query, fake };
}

test('an existing coupon is asked for once a minute, a missing one once a second', async () => {
  const database = fakeDatabase(new Set([1]));
  let now = 0;
  const coupons = new CouponCache(database, { now: () => now });
  assert.equal(coupons.peek(1), null);
  assert.equal(await coupons.exists(1), 'yes');
  assert.equal(await coupons.exists(2), 'no');
  assert.equal(coupons.peek(1), 'yes');
  now = 999;
  await coupons.exists(1);
  await coupons.exists(2);
  assert.equal(database.fake.asked, 2);
  now = 1001;
  await coupons.exists(1);
  await coupons.exists(2);
  assert.equal(database.fake.asked, 3);
  now = 60_001;
  await coupons.exists(1);
  assert.equal(database.fake.asked, 4);
});

test('while MySQL is away, what it said last counts, and the rest is unknown', async () => {
  const database = fakeDatabase(new Set([1]));
  let now = 0;
  const coupons = new CouponCache(database, { now: () => now });
  await coupons.exists(1);
  await coupons.exists(2);
  now = 3_600_000;
  database.fake.away = true;
  assert.equal(await coupons.exists(1), 'yes');
  assert.equal(await coupons.exists(2), 'no');
  assert.equal(await coupons.exists(3), 'unknown');
  database.fake.away = false;
  assert.equal(await coupons.exists(3), 'no');
});

test('requests for one coupon share one question, and questions at a time are bounded', async () => {
  const database = fakeDatabase(new Set([1, 2, 3]));
  let release = (): void => {};
  database.fake.gate = new Promise((resolve) => {
    release = resolve;
  });
  const coupons = new CouponCache(database, { lookupsMax: 2 });
  const answers = [1, 1, 1, 2, 3].map((id) => coupons.exists(id));
  assert.equal(await answers[4], 'unknown');
  assert.equal(database.fake.asked, 2);
  release();
  assert.deepEqual(await Promise.all(answers), ['yes', 'yes', 'yes', 'yes', 'unknown']);
});

test('an answer from before a change is not kept', async () => {
  const present = new Set<number>();
  const database = fakeDatabase(present);
  const coupons = new CouponCache(database);
  let release = (): void => {};
  database.fake.gate = new Promise((resolve) => {
    release = resolve;
  });
  const before = coupons.exists(1);
  coupons.forget(1);
  release();
  assert.equal(await before, 'no');
  present.add(1);
  assert.equal(await coupons.exists(1), 'yes');
  coupons.forget(1);
  assert.equal(coupons.peek(1), null);
});

test('the coupon that was not used for longest is forgotten first', async () => {
  const coupons = new CouponCache(fakeDatabase(new Set([1, 2, 3])), { entriesMax: 2 });
  await coupons.exists(1);
  await coupons.exists(2);
  await coupons.exists(1);
  await coupons.exists(3);
  assert.deepEqual(
    [1, 2, 3].map((id) => coupons.peek(id)),
    ['yes', null, 'yes'],
  );
});
