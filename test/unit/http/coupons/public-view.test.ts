import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CouponCache } from '../../../../src/http/coupons/coupon-cache.ts';
import { PublicViews, publicPhase, type ViewAnswer } from '../../../../src/http/coupons/public-view.ts';
import { RedisClock } from '../../../../src/redis/redis-clock.ts';

const row = { name: 'Sale', discountType: 'FIXED', discountAmount: 500, state: 'OPEN', epoch: 1, stock: 5 };
type Row = typeof row & { totalStock: number };

/** A loaded coupon in Redis, and a MySQL that answers, fails or hangs. */
function setUp(found: Partial<Row> | 'fails' | 'hangs') {
  const mysql = { found, asked: 0 };
  const database = {
    async query<T>() {
      mysql.asked += 1;
      if (mysql.found === 'hangs') return new Promise<T[]>(() => {});
      if (mysql.found === 'fails') throw new Error('unreachable');
      return [{ ...row, totalStock: 5, ...mysql.found }] as T[];
    },
  };
  let nowMs = 0;
  const coupons = new CouponCache(database, { now: () => nowMs });
  const redis = {
    clock: new RedisClock(),
    run: async () => [Date.UTC(2030, 0), '5', 2, 'open', '0', '0'] as unknown,
  };
  const views = new PublicViews(redis, coupons);
  return {
    mysql,
    views,
    coupons,
    /** A look that is not answered from memory. */
    async look(laterMs = 0): Promise<ViewAnswer & { kind: 'view' }> {
      nowMs += laterMs;
      views.forget(null);
      const answer = await views.look(1);
      assert.ok(answer.kind === 'view');
      return answer;
    },
  };
}

test('name and discount are those of the row', async () => {
  const { look, mysql } = setUp({});
  assert.equal((await look()).view.offer?.name, 'Sale');
  mysql.found = { name: 'Bigger sale' };
  assert.equal((await look(999)).view.offer?.name, 'Sale');
  assert.equal((await look(2)).view.offer?.name, 'Bigger sale');
});

test('while MySQL fails or hangs, the row that was read last counts, and without one nothing is said', async () => {
  for (const trouble of ['fails', 'hangs'] as const) {
    const before = setUp({});
    await before.look();
    before.mysql.found = trouble;
    assert.equal((await before.look(3_600_000)).view.offer?.name, 'Sale', trouble);
    // Such as a pause, which Redis has and MySQL can't record yet.
    before.coupons.forget(1);
    assert.equal((await before.look()).view.offer?.name, 'Sale', trouble);
    assert.equal(before.coupons.peek(1), null);

    const { view } = await setUp(trouble).look();
    assert.deepEqual([view.offer, view.left], [null, 3], trouble);
  }
});

test('a row of before the announcement is not shown, even if Redis has the coupon', async () => {
  const { look, mysql, coupons } = setUp({ state: 'DRAFT', epoch: 0, name: 'Secret' });
  assert.equal((await look()).view.offer, null);
  mysql.found = { name: 'Sale' };
  coupons.forget(1);
  assert.equal((await look()).view.offer?.name, 'Sale');
  mysql.found = { state: 'ARCHIVED', epoch: 0, name: 'Never announced' };
  coupons.forget(1);
  assert.equal((await look()).view.offer, null);
});

test('what a view says of the coupon is right at the time of each answer', async () => {
  const { look, views } = setUp({});
  const { view } = await look();
  const nowMs = views.nowMs;
  assert.ok(nowMs >= Date.UTC(2030, 0) && nowMs < Date.UTC(2030, 0, 2), "Redis' clock, not this machine's");
  const window = { ...view, opensAtMs: nowMs + 10, closesAtMs: nowMs + 20 };
  assert.deepEqual(
    [9, 10, 19, 20].map((laterMs) => publicPhase(window, nowMs + laterMs)),
    ['scheduled', 'open', 'open', 'closed'],
  );
  assert.equal(publicPhase({ ...window, left: 0 }, nowMs + 10), 'sold-out');
});

test("this machine's clock counts until Redis has answered once", () => {
  const { views } = setUp({});
  const beforeMs = Date.now();
  assert.ok(views.nowMs >= beforeMs);
});
