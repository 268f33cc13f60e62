import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Decision, decisions } from '../../../src/issuance/decision.ts';
import { answerOf, decidedReply, type IssuerChanges, issuerScene, turns } from '../../support/issuer-scene.ts';

type Scene = ReturnType<typeof issuerScene>;

/** Who is refused before Redis decides, with what answer, and under which reason it is counted. */
const shedding: readonly {
  readonly title: string;
  readonly options?: IssuerChanges;
  /** Until user 9 is the next to be answered. */
  readonly act: (scene: Scene) => Promise<void> | void;
  readonly answer: Decision['kind'];
  readonly reason: string | null;
}[] = [
  {
    title: 'no connection to Redis is usable',
    act: ({ pool, submit }) => {
      pool.usable = false;
      submit('9');
    },
    answer: 'not-ready',
    reason: null,
  },
  {
    title: 'as many as may wait for an answer do',
    options: { inflightMax: 2 },
    act: ({ submit }) => {
      for (const user of ['1', '2', '9']) submit(user);
    },
    answer: 'overloaded',
    reason: 'inflight',
  },
  {
    title: 'Redis has not replied for longer than an applicant may wait for a lane',
    options: { queueDelayMaxMs: 5 },
    act: async ({ submit }) => {
      submit('1');
      await turns();
      await sleep(8);
      submit('9');
    },
    answer: 'overloaded',
    reason: 'queue_delay',
  },
  {
    title: 'the deadline passes before a lane is free',
    act: async ({ submit }) => {
      submit('1');
      await turns();
      submit('9', {}, 5);
    },
    answer: 'overloaded',
    reason: 'waited',
  },
  {
    title: 'the deadline passes after the batch was sent: it may be issued',
    act: ({ submit }) => submit('9', {}, 100),
    answer: 'unknown',
    reason: null,
  },
  {
    title: 'the client has left before the batch is made',
    act: ({ submit }) => submit('9', { gone: true }),
    answer: 'overloaded',
    reason: 'client_left',
  },
  {
    title: 'too many rows of the coupon wait for MySQL',
    act: async ({ calls, submit }) => {
      submit('9');
      await turns();
      calls[0]?.reply(decidedReply('o'));
    },
    answer: 'overloaded',
    reason: 'outbox_full',
  },
];

for (const { title, options, act, answer, reason } of shedding) {
  test(`${title}: ${answer}, counted as ${reason ?? 'no shed'}`, async (t) => {
    const scene = issuerScene(t, options);
    const before = await scene.readSheds();
    await act(scene);
    assert.equal(await answerOf(scene.answers, '9'), answer);
    const rises = [...(await scene.readSheds())].filter(([name, count]) => count !== (before.get(name) ?? 0));
    assert.deepEqual(
      rises.map(([name, count]) => [name, count - (before.get(name) ?? 0)]),
      reason === null ? [] : [[reason, 1]],
    );
  });
}

test('a shed applicant is not sent to Redis, and those before it are', async (t) => {
  const { calls, submit } = issuerScene(t, { inflightMax: 2 });
  for (const user of ['1', '2', '3']) submit(user);
  await turns();
  assert.deepEqual(
    calls.map(({ users }) => users),
    [['1', '2']],
  );
});

test('an applicant whose wait is at the limit and not past it is not shed', async (t) => {
  const { answers, calls, submit } = issuerScene(t, { queueDelayMaxMs: 60_000 });
  submit('1');
  await turns();
  await sleep(8);
  submit('2');
  calls[0]?.reply(decidedReply('i'));
  await turns();
  calls[1]?.reply(decidedReply('s'));
  assert.equal(await answerOf(answers, '2'), 'sold-out');
});

/** Each way to be answered. All of them free the applicant's place, or a worker would shed for ever. */
const endings: readonly { readonly title: string; readonly act: (scene: Scene) => Promise<void> | void }[] = [
  { title: 'a decision', act: async ({ calls }) => calls.at(-1)?.reply(decidedReply('i')) },
  { title: 'a reply that cannot be read', act: async ({ calls }) => calls.at(-1)?.reply('what') },
  { title: 'a coupon that is not in Redis', act: async ({ calls }) => calls.at(-1)?.reply(['not-ready', 1000]) },
  { title: 'the deadline', act: () => {} },
];

for (const { title, act } of endings) {
  test(`the place of an applicant is free after ${title}`, async (t) => {
    const scene = issuerScene(t, { inflightMax: 4 });
    for (const user of ['1', '2', '3', '4']) {
      scene.submit(user, {}, 40);
      await turns();
      await act(scene);
      assert.notEqual(await answerOf(scene.answers, user), undefined);
    }
    scene.submit('5');
    await turns();
    assert.equal(scene.answers.get('5'), undefined);
  });
}

/** What the key of a request does before Redis is asked. */
const claims = [
  ['claimed', undefined],
  ['reused', 'key-reused'],
  ['unavailable', 'not-ready'],
] as const;

for (const [claim, answer] of claims) {
  test(`an Idempotency-Key that is ${claim}: ${answer ?? 'Redis decides'}`, async (t) => {
    const idempotencyKeys = { claim: async () => claim, keep: () => {} };
    const { answers, calls, submit } = issuerScene(t, { inflightMax: 1, idempotencyKeys });
    submit('1', { idempotencyKey: 'k' });
    // While the key is looked up, its applicant has a place.
    submit('2');
    assert.equal(answers.get('2'), 'overloaded');
    await turns();
    assert.equal(answers.get('1'), answer);
    assert.equal(calls.length, answer === undefined ? 1 : 0);
    submit('3');
    assert.equal(answers.get('3'), answer === undefined ? 'overloaded' : undefined);
  });
}

test('a grant is kept under its Idempotency-Key, and a refusal is not', async (t) => {
  const kept: unknown[] = [];
  const idempotencyKeys = { claim: async () => 'claimed' as const, keep: (...args: unknown[]) => void kept.push(args) };
  const { calls, submit } = issuerScene(t, { idempotencyKeys });
  submit('1', { idempotencyKey: 'a' });
  submit('2', { idempotencyKey: 'b' });
  await turns();
  calls[0]?.reply(decidedReply('is'));
  await turns();
  assert.deepEqual(kept, [[7, '1', 'a']]);
});

/** When the knowledge that a coupon is sold out answers by itself. */
const knowledge = [
  { title: 'sold out', knows: decisions.soldOut, usable: true, key: undefined, answer: 'sold-out' },
  { title: 'a holder of it', knows: decisions.alreadyIssued, usable: true, key: undefined, answer: 'already-issued' },
  { title: 'nothing known', knows: null, usable: true, key: undefined, answer: undefined },
  { title: 'an unverified Redis', knows: decisions.soldOut, usable: false, key: undefined, answer: undefined },
  { title: 'a key, which may have been granted', knows: decisions.soldOut, usable: true, key: 'k', answer: undefined },
] as const;

for (const { title, knows, usable, key, answer } of knowledge) {
  test(`answered without Redis: ${title}: ${answer ?? 'no'}`, (t) => {
    const soldOut = { answer: () => knows, suspect: () => {} };
    const { issuer, pool } = issuerScene({ after: (release) => t.after(release) }, { soldOut });
    pool.usable = usable;
    assert.equal(issuer.known(7, '1', key)?.kind, answer);
  });
}

test('a decision with nothing left makes the worker find out whether the coupon is sold out', async (t) => {
  const suspected: number[] = [];
  const soldOut = { answer: () => null, suspect: (couponId: number) => void suspected.push(couponId) };
  const { calls, submit } = issuerScene(t, { soldOut });
  submit('1');
  await turns();
  calls[0]?.reply(decidedReply('i', 1));
  await turns();
  assert.deepEqual(suspected, []);
  submit('2');
  await turns();
  calls[1]?.reply(decidedReply('i', 0));
  await turns();
  assert.deepEqual(suspected, [7]);
});
