import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type EndedGrants, type History, LostGrants } from '../../../src/issuance/lost-grants.ts';

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const histories = new Map<number, History | null | Error>();
  const declared: EndedGrants[] = [];
  const reported: unknown[] = [];
  const lostGrants = new LostGrants({
    async readHistory(couponId) {
      const history = histories.get(couponId) ?? null;
      if (history instanceof Error) throw history;
      return history;
    },
    async declare(lost) {
      declared.push(lost);
    },
    reportError(error) {
      reported.push(error);
    },
  });
  t.after(() => lostGrants.stop());
  const look = async () => {
    t.mock.timers.tick(1000);
    for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  };
  return { lostGrants, histories, declared, reported, look };
}

test('a connection that was lost, to the same history, lost nothing', async (t) => {
  const { lostGrants, histories, declared, look } = setUp(t);
  lostGrants.granted(1, 3, 50);
  histories.set(1, { epoch: 3, base: 0 });
  lostGrants.suspect(null);
  await look();
  assert.deepEqual(declared, []);
});

test('what was granted beyond the number that the next history began after is declared, once', async (t) => {
  const { lostGrants, histories, declared, look } = setUp(t);
  lostGrants.granted(1, 3, 50);
  lostGrants.granted(1, 3, 48);
  lostGrants.granted(2, 3, 10);
  histories.set(1, { epoch: 4, base: 45 });
  histories.set(2, { epoch: 4, base: 10 });
  lostGrants.suspect(null);
  await look();
  assert.deepEqual(declared, [{ couponId: 1, epoch: 3, first: 46, last: 50 }]);
  lostGrants.suspect(null);
  await look();
  assert.equal(declared.length, 1);
});

test('a grant of the next history does not hide what the last one lost', async (t) => {
  const { lostGrants, histories, declared, look } = setUp(t);
  lostGrants.granted(1, 3, 50);
  histories.set(1, { epoch: 4, base: 45 });
  lostGrants.granted(1, 4, 60);
  lostGrants.granted(1, 3, 51);
  await look();
  assert.deepEqual(declared, [{ couponId: 1, epoch: 3, first: 46, last: 50 }]);
});

test('it asks again until the rebuild is done, and while a store is away', async (t) => {
  const { lostGrants, histories, declared, look } = setUp(t);
  lostGrants.granted(1, 3, 50);
  lostGrants.suspect(null);
  await look();
  histories.set(1, new Error('away'));
  await look();
  histories.set(1, { epoch: 2, base: 0 });
  await look();
  assert.deepEqual(declared, []);
  histories.set(1, { epoch: 5, base: 49 });
  await look();
  assert.deepEqual(declared, [{ couponId: 1, epoch: 3, first: 50, last: 50 }]);
});

test('a loss that can not be written down for long is reported, once', async (t) => {
  const { lostGrants, histories, reported, look } = setUp(t);
  lostGrants.granted(1, 3, 50);
  lostGrants.granted(2, 3, 50);
  histories.set(1, new Error('denied'));
  histories.set(2, { epoch: 3, base: 0 });
  lostGrants.suspect(1);
  for (let looks = 0; looks < 20; looks++) await look();
  assert.deepEqual(reported, [new Error('denied')]);
});
