import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CouponLine, type LineContext } from '../../../src/issuance/coupon-line.ts';
import type { Applicant, Decision } from '../../../src/issuance/decision.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';

interface Call {
  readonly args: readonly (string | number)[];
  readonly users: readonly string[];
  reply(raw: unknown): Promise<void>;
  fail(error: Error): Promise<void>;
}

class RedisAnswered extends Error {}
class NotSent extends Error {}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function setUp(options: Partial<LineContext> = {}) {
  const calls: Call[] = [];
  const answers = new Map<string, string>();
  const context: LineContext = {
    lanes: 1,
    laneName: 'lane',
    batchUsersMax: 100,
    outboxRowsMax: 1000,
    run(_lane, _keys, args) {
      return new Promise((resolve, reject) => {
        calls.push({
          args,
          users: String(args[4]).split(','),
          reply: async (raw) => {
            resolve(raw);
            await turn();
          },
          fail: async (error) => {
            reject(error);
            await turn();
          },
        });
      });
    },
    toRedisMs: (ms) => ms,
    observeRedisMs: () => {},
    isRedisReply: (error) => error instanceof RedisAnswered,
    isNotSent: (error) => error instanceof NotSent,
    settle: (applicant, decision) => applicant.answer(decision),
    issuedUnderKey: () => {},
    granted: () => {},
    soldOut: () => {},
    resolveUnloaded: () => {},
    reportError: () => {},
    metrics: createMetrics(),
    ...options,
  };
  const line = new CouponLine(1, context);
  const applicant = (userId: string, rest: Partial<Applicant> = {}): Applicant => ({
    userId,
    idempotencyKey: undefined,
    deadlineMs: 2000,
    gone: false,
    answer(decision: Decision) {
      assert.ok(!answers.has(userId), `user ${userId} is answered twice`);
      answers.set(userId, decision.kind === 'issued' ? `issued ${decision.sequence}` : decision.kind);
    },
    ...rest,
  });
  return { line, calls, answers, applicant };
}

const decided = (first: number, codes: string) => ['decided', 1000, first, 5, 0, 0, codes];

test('applicants of one turn go to Redis together, later ones with the next batch', async () => {
  const { line, calls, answers, applicant } = setUp();
  for (const user of ['1', '2', '3']) line.admit(applicant(user));
  await turn();
  line.admit(applicant('4'));
  await turn();
  assert.deepEqual(
    calls.map(({ users }) => users),
    [['1', '2', '3']],
  );
  await calls[0]?.reply(decided(7, 'idi'));
  await turn();
  assert.deepEqual(
    [...answers],
    [
      ['1', 'issued 7'],
      ['2', 'already-issued'],
      ['3', 'issued 8'],
    ],
  );
  assert.deepEqual(calls[1]?.users, ['4']);
});

test('a batch whose reply was lost is sent again under its id, marked as sent before', async () => {
  const { line, calls, answers, applicant } = setUp();
  line.admit(applicant('1'));
  await turn();
  await calls[0]?.fail(new Error('Connection is closed.'));
  line.sweep(10);
  await turn();
  assert.equal(calls.length, 2);
  assert.equal(calls[1]?.args[0], calls[0]?.args[0]);
  assert.deepEqual([calls[0]?.args[3], calls[1]?.args[3]], [0, 1]);
  await calls[1]?.reply(decided(1, 'i'));
  assert.deepEqual([...answers], [['1', 'issued 1']]);
});

test('a batch that may have been executed is never answered with a refusal of the whole batch (I5)', async () => {
  const { line, calls, answers, applicant } = setUp();
  line.admit(applicant('1'));
  await turn();
  await calls[0]?.fail(new Error('Connection is closed.'));
  for (const raw of [
    ['late', 1],
    ['not-ready', 1],
    ['unmanaged', 1],
  ]) {
    line.sweep(10);
    await turn();
    await calls.at(-1)?.reply(raw);
    assert.equal(answers.size, 0);
  }
  line.sweep(10);
  await turn();
  await calls.at(-1)?.fail(new RedisAnswered('LOADING'));
  assert.equal(answers.size, 0);
  line.sweep(2000);
  assert.deepEqual([...answers], [['1', 'unknown']]);
});

test(
  'a holder met by a batch that was sent before may be ' + 'one by its forgotten copy: unknown, not a duplicate',
  async () => {
    for (const [status, answer] of [
      ['decided', 'unknown'],
      ['remembered', 'already-issued'],
    ] as const) {
      const { line, calls, answers, applicant } = setUp();
      line.admit(applicant('1'));
      await turn();
      await calls[0]?.fail(new Error('Connection is closed.'));
      line.sweep(10);
      await turn();
      await calls[1]?.reply([status, ...decided(1, 'd').slice(1)]);
      assert.deepEqual([...answers], [['1', answer]]);
    }
  },
);

test('a batch that was never sent is refused, and one that was sent before waits to be sent again', async () => {
  const { line, calls, answers, applicant } = setUp();
  line.admit(applicant('1'));
  await turn();
  await calls[0]?.fail(new NotSent());
  assert.deepEqual([...answers], [['1', 'not-ready']]);

  line.admit(applicant('2'));
  await turn();
  await calls[1]?.fail(new Error('closed'));
  line.sweep(100);
  await turn();
  await calls[2]?.fail(new NotSent());
  assert.equal(answers.has('2'), false);
  line.sweep(200);
  await turn();
  await calls[3]?.reply(decided(1, 'i'));
  assert.equal(answers.get('2'), 'issued 1');
});

test('an error that Redis answers to the only copy is a refusal', async () => {
  const { line, calls, answers, applicant } = setUp();
  line.admit(applicant('1'));
  await turn();
  await calls[0]?.fail(new RedisAnswered('OOM command not allowed'));
  assert.deepEqual([...answers], [['1', 'not-ready']]);
});

test('past its deadline a batch in flight is unknown, and a late reply changes nothing', async () => {
  const { line, calls, answers, applicant } = setUp();
  line.admit(applicant('1'));
  await turn();
  line.admit(applicant('2', { deadlineMs: 5000 }));
  line.sweep(2000);
  assert.deepEqual([...answers], [['1', 'unknown']]);
  await calls[0]?.reply(decided(1, 'i'));
  await turn();
  assert.deepEqual(calls[1]?.users, ['2']);
});

test('an applicant whose deadline comes while it waits was not sent: it is refused, not unknown', async () => {
  const { line, calls, answers, applicant } = setUp();
  line.admit(applicant('1', { deadlineMs: 5000 }));
  await turn();
  line.admit(applicant('2', { deadlineMs: 1000 }));
  await turn();
  line.sweep(1000);
  assert.deepEqual([...answers], [['2', 'overloaded']]);
  await calls[0]?.reply(decided(1, 'i'));
  await turn();
  assert.equal(calls.length, 1);
});

test('a batch that came too late is decided again with the time that is left', async () => {
  const { line, calls, answers, applicant } = setUp();
  line.admit(applicant('1'));
  await turn();
  await calls[0]?.reply(['late', 99]);
  await turn();
  assert.notEqual(calls[1]?.args[0], calls[0]?.args[0]);
  await calls[1]?.reply(decided(1, 'i'));
  assert.deepEqual([...answers], [['1', 'issued 1']]);
});

test('whoever left before the batch was sent is not issued a coupon', async () => {
  const { line, calls, applicant } = setUp();
  line.admit(applicant('1', { gone: true }));
  line.admit(applicant('2'));
  await turn();
  assert.deepEqual(calls[0]?.users, ['2']);
});

test('without a usable connection nobody waits', async () => {
  const { line, answers, applicant } = setUp({ run: () => null });
  line.admit(applicant('1'));
  await turn();
  assert.deepEqual([...answers], [['1', 'not-ready']]);
});

test('a batch is never larger than its bound (I6)', async () => {
  const { line, calls, applicant } = setUp({ batchUsersMax: 2, lanes: 2 });
  for (const user of ['1', '2', '3', '4', '5']) line.admit(applicant(user));
  await turn();
  assert.deepEqual(
    calls.map(({ users }) => users),
    [
      ['1', '2'],
      ['3', '4'],
    ],
  );
});
