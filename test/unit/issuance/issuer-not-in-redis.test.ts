// Applicants for a coupon that Redis does not have as it should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../../src/issuance/decision.ts';
import { answerOf, COUPON, decidedReply, type IssuerChanges, issuerScene, turns } from '../../support/issuer-scene.ts';

const never = () => new Promise<never>(() => {});
const fails = async (): Promise<never> => {
  throw new Error('MySQL is not there');
};

const cases: readonly {
  readonly title: string;
  readonly status: 'not-ready' | 'unmanaged';
  readonly options: IssuerChanges;
  readonly answer: Decision['kind'];
  readonly errors?: number;
  /** The answer comes at the applicant's deadline. */
  readonly late?: boolean;
}[] = [
  {
    title: 'MySQL does not know the coupon',
    status: 'not-ready',
    options: { exists: async () => 'no' },
    answer: 'unknown-coupon',
  },
  {
    title: 'MySQL knows the coupon',
    status: 'not-ready',
    options: { exists: async () => 'yes', decideNotInRedis: async () => ({ kind: 'closed' }) },
    answer: 'closed',
  },
  {
    title: 'MySQL can not say',
    status: 'not-ready',
    options: { exists: async () => 'unknown', decideNotInRedis: async () => ({ kind: 'not-ready' }) },
    answer: 'not-ready',
  },
  { title: 'asking MySQL fails', status: 'not-ready', options: { exists: fails }, answer: 'not-ready', errors: 1 },
  {
    title: 'MySQL does not answer by the deadline',
    status: 'not-ready',
    options: { exists: never },
    answer: 'not-ready',
    late: true,
  },
  {
    title: 'the decision from MySQL is not there by the deadline',
    status: 'not-ready',
    options: { decideNotInRedis: never },
    answer: 'not-ready',
    late: true,
  },
  {
    title: 'a stock without a coupon',
    status: 'unmanaged',
    options: { adopt: async () => 'absent' },
    answer: 'unknown-coupon',
  },
  {
    title: 'a stock that can not be adopted now',
    status: 'unmanaged',
    options: { adopt: async () => 'busy', decideNotInRedis: async () => ({ kind: 'paused' }) },
    answer: 'paused',
  },
  { title: 'adopting fails', status: 'unmanaged', options: { adopt: fails }, answer: 'not-ready', errors: 1 },
  {
    title: 'adopting does not end by the deadline',
    status: 'unmanaged',
    options: { adopt: never },
    answer: 'not-ready',
    late: true,
  },
];

for (const { title, status, options, answer, errors: reported = 0, late = false } of cases) {
  test(`${title}: ${answer}`, async (t) => {
    const { answers, calls, errors, submit } = issuerScene(t, options);
    submit('1', {}, late ? 300 : 10_000);
    await turns();
    calls[0]?.reply([status, 1000]);
    assert.equal(await answerOf(answers, '1'), answer);
    assert.equal(errors.length, reported);
    assert.equal(calls.length, 1);
  });
}

test('a stock that was adopted: its applicants go to Redis again, those past their deadline do not', async (t) => {
  let adopted = (_outcome: string): void => {};
  const adopt = () => new Promise<string>((resolve) => (adopted = resolve));
  const { answers, calls, submit } = issuerScene(t, { adopt });
  submit('1');
  submit('2', {}, 300);
  await turns();
  calls[0]?.reply(['unmanaged', 1000]);
  assert.equal(await answerOf(answers, '2'), 'not-ready');
  adopted('adopted');
  await turns();
  assert.deepEqual(calls[1]?.users, ['1']);
  calls[1]?.reply(decidedReply('i'));
  assert.equal(await answerOf(answers, '1'), 'issued');
});

test('two batches that meet the same stock adopt it once', async (t) => {
  const adoptions: number[] = [];
  let adopted = (_outcome: string): void => {};
  const adopt = (couponId: number) => {
    adoptions.push(couponId);
    return new Promise<string>((resolve) => (adopted = resolve));
  };
  const { calls, submit } = issuerScene(t, { adopt, lanes: 2 });
  submit('1');
  await turns();
  submit('2');
  await turns();
  for (const call of calls) call.reply(['unmanaged', 1000]);
  await turns();
  assert.deepEqual(adoptions, [COUPON]);
  adopted('adopted');
  await turns();
  assert.deepEqual(
    calls
      .slice(2)
      .flatMap(({ users }) => users)
      .sort(),
    ['1', '2'],
  );
});

test('a quarter of the places may wait for MySQL: the rest is for coupons that are open', async (t) => {
  const { answers, calls, submit } = issuerScene(t, { inflightMax: 8, exists: never });
  for (let user = 1; user <= 8; user++) submit(String(user));
  await turns();
  calls[0]?.reply(['not-ready', 1000]);
  await turns();
  assert.deepEqual(
    [...answers],
    ['3', '4', '5', '6', '7', '8'].map((user) => [user, 'not-ready']),
  );
  submit('9');
  await turns();
  assert.deepEqual(calls[1]?.users, ['9']);
});
