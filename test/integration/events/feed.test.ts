// The log of events, and the cursor of those who read it: nothing is skipped, whichever row is committed late.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { eraseUser } from '../../../src/coupons/erase.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { revokeMany } from '../../../src/coupons/revoke-many.ts';
import { appendCoupon } from '../../../src/events/append.ts';
import { type CouponEvent, CursorExpired, readEvents } from '../../../src/events/feed.ts';

import { connect } from '../../../src/store/session.ts';
import { removeSegments } from '../../../src/store/tables/event-log.ts';
import { listCouponsWithNews } from '../../../src/store/tables/event-progress.ts';
import { isPseudonym, userKey } from '../../../src/user-id.ts';
import { type CouponStores, insertRows, newCoupon, numbers, openStores } from '../../support/coupon-stores.ts';
import { userIdOf } from '../../support/user-ids.ts';

let stores: CouponStores;
before(async (t) => {
  stores = await openStores(t as never);
});

const LONG_AGO = 'UTC_TIMESTAMP(3) - INTERVAL 11 SECOND';
const actor = 'test';
const keyOf = (user: number) => userKey(userIdOf(user));

/** As the appender does it. */
async function append(): Promise<void> {
  for (const couponId of await listCouponsWithNews(stores.database, 1000)) {
    while ((await appendCoupon(stores.database, couponId)).hasMore);
  }
}

/** All pages from this cursor on, and the cursor after them. */
async function readAll(after: number, limit = 1000): Promise<{ events: CouponEvent[]; cursor: number }> {
  const events: CouponEvent[] = [];
  for (let cursor = after; ; ) {
    const page = await readEvents(stores.database, cursor, limit);
    events.push(...page.events);
    cursor = page.cursor;
    if (!page.hasMore) return { events, cursor };
  }
}

async function eventsOf(couponId: number, after = 0): Promise<CouponEvent[]> {
  return (await readAll(after)).events.filter((event) => event.couponId === couponId);
}

const sequences = (events: readonly CouponEvent[]) =>
  events.filter(({ type }) => type === 'issued').map(({ sequence }) => sequence);

/** Its first two moves are in the log. */
async function loadedCoupon(stock: number): Promise<number> {
  const couponId = await newCoupon(stores.database, stock);
  await preloadCoupon(stores, couponId, { actor });
  await append();
  return couponId;
}

/** Time passes: lower numbers are not waited for any more. */
async function settle(couponId: number, from = 1): Promise<void> {
  await stores.database.execute(
    `UPDATE user_coupon SET persisted_at = ${LONG_AGO} WHERE coupon_id = ? AND sequence >= ?`,
    [couponId, from],
  );
}

test('events come in the order of their ids, once, through pages of any size', async () => {
  const couponId = await loadedCoupon(5000);
  const { cursor } = await readAll(0);
  await insertRows(stores.database, couponId, numbers(1, 2000));
  await append();
  await insertRows(stores.database, couponId, numbers(2001, 2010), 2001);
  await append();
  await append();
  for (const limit of [1, 7, 1000]) {
    const from = limit === 1 ? (await readAll(cursor)).events.at(-20)?.id : cursor;
    const { events } = await readAll(from as number, limit);
    const ids = events.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
    assert.deepEqual(sequences(events), numbers(limit === 1 ? 1992 : 1, 2010));
  }
  const [first] = sequences(await eventsOf(couponId, cursor));
  assert.equal(first, 1);
});

test('a row that is committed after later ones is not skipped by a cursor that has passed them', async (t) => {
  const couponId = await loadedCoupon(100);
  const { connection } = await connect(stores.mysqlUrl, { timeoutMs: 5000 });
  t.after(async () => connection.destroy());
  // An insert thread in the middle of its transaction: it has lower ids and numbers than the next one.
  await connection.query('START TRANSACTION');
  await connection.query(
    `INSERT INTO user_coupon (coupon_id,user_id,sequence,name,discount_type,discount_amount,issued_at,persisted_at)
     VALUES (${couponId},1,1,'a','FIXED',1,NOW(3),${LONG_AGO}),(${couponId},2,2,'a','FIXED',1,NOW(3),${LONG_AGO})`,
  );
  await insertRows(stores.database, couponId, [3, 4, 5], 3);
  await append();
  assert.deepEqual(sequences(await eventsOf(couponId)), [], 'numbers 1 and 2 are waited for');
  await settle(couponId, 3);
  await append();
  const passed = await readAll(0);
  assert.deepEqual(sequences(passed.events.filter((event) => event.couponId === couponId)), [3, 4, 5], 'not for ever');
  await connection.query(`UPDATE coupon SET stock = stock - 2 WHERE id = ${couponId}`);
  await connection.query('COMMIT');
  await append();
  assert.deepEqual(sequences(await eventsOf(couponId, passed.cursor)), [1, 2], 'after the cursor that had passed them');
});

test('rows that fill a hole in parts, after a rebuild raised the epoch, come once each', async () => {
  const couponId = await loadedCoupon(100);
  await insertRows(stores.database, couponId, [10, 20], 10);
  await settle(couponId);
  await append();
  const { cursor } = await readAll(0);
  assert.deepEqual(sequences(await eventsOf(couponId)), [10, 11]);
  await stores.database.execute('UPDATE coupon SET epoch = epoch + 1 WHERE id = ?', [couponId]);
  for (const sequence of [9, 1, 5]) {
    await insertRows(stores.database, couponId, [100 + sequence], sequence);
    await append();
  }
  await insertRows(stores.database, couponId, [102, 103, 104], 2);
  await insertRows(stores.database, couponId, [106, 107, 108], 6);
  await insertRows(stores.database, couponId, [112], 12);
  await append();
  const later = sequences(await eventsOf(couponId, cursor));
  assert.deepEqual(later, [9, 1, 5, 2, 3, 4, 6, 7, 8, 12]);
  const [left] = await stores.database.query<{ holes: number }>(
    'SELECT COUNT(*) AS holes FROM event_hole WHERE coupon_id = ?',
    [couponId],
  );
  assert.equal(left?.holes, 0);
});

test('appenders that run at once put each row in once, and commit ids in their order', async () => {
  const couponIds = await Promise.all(numbers(1, 3).map(() => loadedCoupon(10_000)));
  const { cursor } = await readAll(0);
  let after = cursor;
  const seen: CouponEvent[] = [];
  let isDone = false;
  const reader = (async () => {
    while (!isDone) {
      const { events, cursor: next } = await readAll(after);
      seen.push(...events);
      after = next;
    }
  })();
  const writers = couponIds.map(async (couponId) => {
    for (let batch = 0; batch < 20; batch++) {
      await insertRows(stores.database, couponId, numbers(batch * 50 + 1, batch * 50 + 50), batch * 50 + 1);
    }
  });
  const appenders = numbers(1, 3).map(async () => {
    for (let turn = 0; turn < 15; turn++) await append();
  });
  await Promise.all([...writers, ...appenders]);
  await append();
  isDone = true;
  await reader;
  seen.push(...(await readAll(after)).events);
  for (const couponId of couponIds) {
    assert.deepEqual(sequences(seen.filter((event) => event.couponId === couponId)), numbers(1, 1000));
  }
});

test('a revocation comes after the event of its row, and moves after the rows before them', async () => {
  const couponId = await loadedCoupon(100);
  // Number 1 is on its way: 2 and 3 wait for it.
  await insertRows(stores.database, couponId, [2, 3], 2);
  await revokeIssuance(stores, { couponId, actor }, keyOf(3));
  await closeCoupon(stores, { couponId, actor }, 0);
  await append();
  assert.deepEqual(
    (await eventsOf(couponId)).map(({ type }) => type),
    ['created', 'preloaded'],
  );
  await insertRows(stores.database, couponId, [1], 1);
  await append();
  const events = await eventsOf(couponId);
  assert.deepEqual(
    events.map(({ type, userId, sequence }) => [type, userId, sequence]),
    [
      ['created', null, null],
      ['preloaded', null, null],
      ['issued', keyOf(1), 1],
      ['issued', keyOf(2), 2],
      ['issued', keyOf(3), 3],
      ['revoked', keyOf(3), 3],
      ['closed', null, null],
    ],
  );
  // Refused moves, and those that change nothing, are no events.
  await closeCoupon(stores, { couponId, actor }, 0);
  await append();
  assert.equal((await eventsOf(couponId)).length, events.length);
});

test('a number that never comes does not hold up moves for ever', async () => {
  const couponId = await loadedCoupon(100);
  await insertRows(stores.database, couponId, [2], 2);
  await closeCoupon(stores, { couponId, actor }, 0);
  await append();
  assert.equal((await eventsOf(couponId)).at(-1)?.type, 'preloaded');
  await settle(couponId);
  await append();
  assert.deepEqual(
    (await eventsOf(couponId)).slice(2).map(({ type }) => type),
    ['issued', 'closed'],
  );
});

test('a revocation of many users is an event for each', async () => {
  const couponId = await loadedCoupon(1000);
  await insertRows(stores.database, couponId, numbers(1, 300));
  await revokeMany(stores, { couponId, actor }, numbers(1, 250).map(keyOf));
  await append();
  const revoked = (await eventsOf(couponId)).filter(({ type }) => type === 'revoked');
  assert.deepEqual(
    revoked.map(({ sequence }) => sequence),
    numbers(1, 250),
  );
});

test('no event names a user who was erased, not even an old one; who was erased is found by the number', async () => {
  const couponId = await loadedCoupon(10);
  const userId = keyOf(777_777);
  await insertRows(stores.database, couponId, [1, 777_777, 3]);
  await revokeIssuance(stores, { couponId, actor }, userId);
  await append();
  const { events: before } = await readAll(0);
  assert.equal(before.filter((event) => event.userId === userId).length, 2);
  await closeCoupon(stores, { couponId, actor }, 0);
  const erasure = await eraseUser(stores, { actor, userId });
  await append();
  const events = await eventsOf(couponId);
  assert.ok(!JSON.stringify(await readAll(0)).includes(String(userId)));
  const mine = events.filter(({ sequence }) => sequence === 2);
  assert.deepEqual(
    mine.map(({ type, userId: named }) => [type, named]),
    ['issued', 'revoked', 'erased'].map((type) => [type, erasure.pseudonym]),
  );
  assert.ok(erasure.pseudonym !== null && isPseudonym(erasure.pseudonym));
});

test('a cursor whose successors were removed is refused; one at the end of what was removed goes on', async () => {
  const couponId = await loadedCoupon(10);
  await insertRows(stores.database, couponId, [1, 2]);
  await append();
  const [oldest] = (await readAll(0)).events as [CouponEvent];
  const { cursor: end } = await readAll(0);
  await stores.database.execute('UPDATE event_segment SET appended_at = appended_at - INTERVAL 31 DAY');
  await insertRows(stores.database, couponId, [3], 3);
  await append();
  assert.ok((await stores.database.transaction((tx) => removeSegments(tx, 30, 1000))) > 0);
  await assert.rejects(readEvents(stores.database, oldest.id, 10), CursorExpired);
  await assert.rejects(readEvents(stores.database, end - 1, 10), CursorExpired);
  assert.deepEqual(sequences((await readAll(end)).events), [3]);
  assert.deepEqual(sequences((await readAll(0)).events), [3], 'from the oldest that is left');
});

test('after a restore of MySQL to an earlier moment no id is given again', async () => {
  const couponId = await loadedCoupon(10);
  await append();
  const [saved] = await stores.database.query<{ id: number }>('SELECT last_id AS id FROM event_log');
  await insertRows(stores.database, couponId, [1]);
  await append();
  const { cursor: lost } = await readAll(0);
  for (const sql of [
    `DELETE FROM user_coupon WHERE coupon_id = ${couponId}`,
    `UPDATE coupon SET stock = stock + 1 WHERE id = ${couponId}`,
    `DELETE FROM event_segment WHERE first_id > ${saved?.id}`,
    `UPDATE event_log SET last_id = ${saved?.id}`,
    `UPDATE event_progress SET last_sequence = 0, seen_stock = 10 WHERE coupon_id = ${couponId}`,
  ]) {
    await stores.database.execute(sql);
  }
  await insertRows(stores.database, couponId, [9]);
  await append();
  const { events } = await readAll(lost);
  assert.deepEqual(
    events.map(({ userId }) => userId),
    [keyOf(9)],
    'a reader that was ahead goes on with its cursor',
  );
});
