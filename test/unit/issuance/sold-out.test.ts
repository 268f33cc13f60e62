import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SoldOutKnowledge } from '../../../src/issuance/sold-out.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A feed whose pages and proofs the test gives. */
function setUp(t: TestContext, { holdersMax = 100 } = {}) {
  let nowMs = 0;
  const feed = {
    provenMs: Number.NEGATIVE_INFINITY,
    cut: false,
    reads: 0,
    pages: [] as unknown[],
    prove() {
      if (!feed.cut) feed.provenMs = nowMs;
    },
    read() {
      feed.reads += 1;
      const page = feed.pages.shift();
      return page === undefined ? null : Promise.resolve(page);
    },
  };
  const knowledge = new SoldOutKnowledge({
    feed,
    holdersMax,
    now: () => nowMs,
    reportError: (error) => assert.fail(String(error)),
  });
  t.after(() => knowledge.stop());
  return {
    feed,
    knowledge,
    at: (ms: number) => {
      nowMs = ms;
    },
    ask: (user: number) => knowledge.answer(1, String(user))?.kind ?? 'ask Redis',
  };
}

const page = (users: number[], { next = '0', holders = users.length, revoked = 0, closesAt = 0 } = {}) => [
  1_000_000,
  closesAt,
  holders,
  revoked,
  next,
  users.map(String),
];

async function learned(t: TestContext, options?: { holdersMax?: number; closesAt?: number }) {
  const scene = setUp(t, options);
  scene.feed.pages = [page([5, 6], { closesAt: options?.closesAt ?? 0 })];
  scene.knowledge.suspect(1);
  await turn();
  return scene;
}

test('strangers are told sold out, holders already issued', async (t) => {
  const { ask, knowledge } = await learned(t);
  assert.deepEqual([ask(5), ask(6), ask(7)], ['already-issued', 'already-issued', 'sold-out']);
  assert.equal(knowledge.answer(2, '5'), null);
});

test('nothing is answered before the last page is there', async (t) => {
  const { feed, knowledge, ask } = setUp(t);
  feed.pages = [page([1, 2], { next: '9', holders: 3 }), page([3])];
  knowledge.suspect(1);
  assert.equal(ask(1), 'ask Redis');
  await turn();
  assert.deepEqual([ask(1), ask(3), ask(4)], ['already-issued', 'already-issued', 'sold-out']);
});

test('whose coupon was revoked is told so, also by more than one page of them', async (t) => {
  const { feed, knowledge, ask } = setUp(t);
  feed.pages = [page([1, 2], { revoked: 3 }), page([3, 5], { next: '7' }), page([6])];
  knowledge.suspect(1);
  await turn();
  assert.deepEqual(
    [ask(2), ask(3), ask(5), ask(6), ask(4)],
    ['already-issued', 'revoked', 'revoked', 'revoked', 'sold-out'],
  );
});

test('revoked users count for the bound of memory, and must all be there', async (t) => {
  const tooMany = setUp(t, { holdersMax: 4 });
  tooMany.feed.pages = [page([1, 2], { revoked: 3 }), page([3, 5, 6])];
  tooMany.knowledge.suspect(1);
  await turn();
  assert.deepEqual([tooMany.ask(1), tooMany.feed.reads], ['ask Redis', 1]);
  const missing = setUp(t);
  missing.feed.pages = [page([1, 2], { revoked: 2 }), page([3])];
  missing.knowledge.suspect(1);
  await turn();
  assert.equal(missing.ask(1), 'ask Redis');
});

test('a change drops it at once, and it is learned again', async (t) => {
  const { feed, knowledge, ask, at } = await learned(t);
  knowledge.forget(2);
  assert.equal(ask(7), 'sold-out');
  knowledge.forget(1);
  assert.equal(ask(7), 'ask Redis');
  feed.pages = [page([5, 6, 7])];
  at(10);
  knowledge.suspect(1);
  await turn();
  assert.equal(ask(7), 'ask Redis', 'not again so soon');
  at(300);
  knowledge.suspect(1);
  await turn();
  assert.equal(ask(7), 'already-issued');
});

test('a change while the list is read makes it worthless', async (t) => {
  const { feed, knowledge, ask } = setUp(t);
  feed.pages = [page([1], { next: '9', holders: 2 }), page([2])];
  knowledge.suspect(1);
  knowledge.forget(null);
  await turn();
  assert.equal(ask(3), 'ask Redis');
});

test('a list that Redis counts otherwise is not believed', async (t) => {
  const { feed, knowledge, ask } = setUp(t);
  feed.pages = [page([1, 2], { holders: 3 }), page([])];
  knowledge.suspect(1);
  await turn();
  assert.equal(ask(3), 'ask Redis');
});

test('without a proof for a second Redis is asked, and with the next one it goes on', async (t) => {
  const { feed, knowledge, ask, at } = await learned(t);
  feed.cut = true;
  at(1000);
  assert.equal(ask(7), 'sold-out');
  at(1001);
  assert.equal(ask(7), 'ask Redis');
  feed.cut = false;
  assert.equal(ask(7), 'ask Redis', 'and a proof');
  assert.equal(ask(7), 'sold-out');
  knowledge.suspect(1);
  assert.equal(feed.reads, 1, 'the list is not read again');
});

test('Redis is asked in the last second before the coupon closes', async (t) => {
  const { feed, ask, at } = await learned(t, { closesAt: 1_005_000 });
  at(3999);
  feed.prove();
  assert.equal(ask(7), 'sold-out');
  at(4000);
  assert.equal(ask(7), 'ask Redis');
});

test('more holders than the bound are left to Redis (I6)', async (t) => {
  const { ask, feed, knowledge, at } = await learned(t, { holdersMax: 1 });
  assert.equal(ask(7), 'ask Redis');
  at(1000);
  knowledge.suspect(1);
  assert.equal(feed.reads, 1, 'not counted again so soon');
});

test('a coupon that is not sold out after all is left to Redis', async (t) => {
  const { ask, feed, knowledge } = setUp(t);
  feed.pages = [[]];
  knowledge.suspect(1);
  await turn();
  assert.equal(ask(7), 'ask Redis');
});
