// What the page After makes of the API's answers: the verdict of a proof, the report as a file, a file of users.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verification } from '../../../console/src/api-types.ts';
import { changesOf } from '../../../console/src/pages/after/changes.ts';
import { type Report, reportCsv } from '../../../console/src/pages/after/figures.ts';
import { comparedRows, sortedGaps, verdictOf } from '../../../console/src/pages/after/proof.ts';
import { addAnswer, noneRevoked } from '../../../console/src/pages/after/revoked.ts';
import { batchesOf, parseUserList, USERS_A_BATCH } from '../../../console/src/pages/after/user-list.ts';
import { catalogues } from '../../../console/src/texts/catalogue.ts';
import { gapNames } from '../../../src/verify/gaps.ts';

const verification: Verification = {
  couponId: 7,
  mode: 'final',
  ok: true,
  gaps: gapNames.map((name) => ({ name, meaning: name, count: 0, examples: [] })),
  redis: { holders: 12, outbox: 0, dead: 0, stock: 100, sequence: 12 },
  mysql: { rows: 12, revoked: 1, resolved: 0, stock: 89, totalStock: 100, state: 'CLOSED', highestSequence: 12 },
  declaredLoss: { missing: 1, reissued: 2, ranges: ['4', '6-7'] },
  possibleLoss: [],
  looks: 1,
  durationMs: 12,
};
const loss = {
  afterSequence: 3,
  numbersMax: 5,
  grantedAfter: '2026-05-01T00:00:00.000Z',
  grantedBefore: '2026-05-01T00:00:01.000Z',
  reason: 'x',
  confirmed: true,
};

test('a proof is good only if no gap was found, no dead letter waits, and nothing may be lost', () => {
  assert.equal(verdictOf(verification), 'agree');
  assert.equal(verdictOf({ ...verification, possibleLoss: [loss] }), 'survived');
  const waiting = { ...verification, redis: { ...verification.redis, dead: 2 } };
  assert.equal(verdictOf(waiting), 'dead');
  assert.equal(verdictOf({ ...waiting, ok: false }), 'gaps');
  assert.equal(verdictOf({ ...verification, redis: null, ok: false }), 'gaps');
});

test('checks with a finding come first, and none is left out', () => {
  const gaps = verification.gaps.map((gap) => (gap.name === 'outboxNotEmpty' ? { ...gap, count: 3 } : gap));
  const sorted = sortedGaps({ ...verification, gaps });
  assert.equal(sorted[0]?.name, 'outboxNotEmpty');
  assert.deepEqual(sorted.map(({ name }) => name).sort(), [...gapNames].sort());
});

test('every check is explained, with what to do, in each language', () => {
  for (const texts of Object.values(catalogues)) {
    const expected = gapNames.flatMap((name) => [name, `${name}-do`]);
    assert.deepEqual(Object.keys(texts.gaps ?? {}).sort(), expected.sort());
  }
});

test('what a store did not count is shown as nothing, not as zero', () => {
  const rows = (changed: Partial<Verification>) =>
    Object.fromEntries(
      comparedRows({ ...verification, ...changed }).map(({ name, redis, mysql }) => [name, [redis, mysql]]),
    );
  const both = rows({});
  assert.deepEqual(both.holders, [12, 11]);
  assert.deepEqual(both.left, [88, 89]);
  assert.deepEqual(both.lost, [null, 3]);
  assert.deepEqual(rows({ redis: null }).holders, [null, 11]);
  assert.deepEqual(rows({ redis: null }).left, [null, 89]);
  assert.deepEqual(rows({ mysql: null }).holders, [12, null]);
  assert.deepEqual(rows({ redis: { ...verification.redis, stock: null } }).left, [null, 89]);
});

test('a report as a file: names are text and never formulas, steps have their times', () => {
  const time = '2026-05-01T03:00:00.000Z';
  const report = {
    at: time,
    phase: 'closed',
    coupon: { id: 7, name: '=HYPERLINK("x"), "봄"', totalStock: 100 },
    totals: { issued: 3, open: 2, used: 1, lapsed: 0, revoked: 0, pending: 0, deadLetters: 0, givenUp: 0 },
    faceValue: { issued: 3000, open: 2000, used: 1000, revoked: 0 },
    firstIssuedAt: time,
    lastIssuedAt: time,
    peakPerSecond: 2,
    delayMs: null,
    rate: { from: time, stepSeconds: 2, counts: [2, 1] },
    refusals: { decided: { paused: 1, sold_out: 5 }, answeredByWorkers: {} },
    verification,
  } as unknown as Report;
  const text = reportCsv(report, (name) => name);
  assert.ok(text.startsWith('\ufeff'));
  const lines = text.slice(1).split('\r\n');
  assert.equal(lines[1], `name,"'=HYPERLINK(""x""), ""봄"""`);
  for (const line of ['issued,3', 'face-used,1000', 'delayMean,', 'verified,yes'])
    assert.ok(lines.includes(line), line);
  assert.ok(lines.indexOf('refused-sold_out,5') < lines.indexOf('refused-paused,1'));
  assert.deepEqual(lines.slice(-3), [`${time},2`, '2026-05-01T03:00:02.000Z,1', '']);
  // Each label that the file has is a text of the page.
  const labels: string[] = [];
  reportCsv(report, (name) => {
    labels.push(name);
    return name;
  });
  for (const label of labels) assert.ok(catalogues.en.after?.[`figure-${label}`], label);
});

test('a file of users: one id a line, also as Windows writes it; a bad line is named', () => {
  const list = parseUserList('\ufeff# ring of accounts\r\n11\r\n\r\n 12 \n11\n', 'number');
  assert.deepEqual(list, { userIds: [11, 12], bad: [], tooMany: false });
  const bad = parseUserList('1\n007\n9007199254740993\nKim\n-1\n1,2', 'number');
  assert.deepEqual(
    bad.bad.map(({ line }) => line),
    [2, 3, 4, 5, 6],
  );
  const texts = parseUserList('auth0|65f1c2\n007\nkim@example.com\n~9\nü\na b\n<b>', 'text');
  assert.deepEqual(texts.userIds, ['auth0|65f1c2', '007', 'kim@example.com', '~9']);
  assert.deepEqual(
    texts.bad.map(({ line }) => line),
    [5, 6, 7],
  );
});

test('a long file goes in batches, each user once, and what they came to is added up', () => {
  const text = Array.from({ length: 2 * USERS_A_BATCH + 1 }, (_, index) => index + 1).join('\n');
  const { userIds } = parseUserList(text, 'number');
  const batches = [...batchesOf(userIds)];
  assert.deepEqual(
    batches.map(({ length }) => length),
    [USERS_A_BATCH, USERS_A_BATCH, 1],
  );
  assert.deepEqual(batches.flat(), userIds);
  const answer = {
    revoked: 2,
    revokedBefore: 1,
    notIssued: [5],
    notDrained: [6],
    otherwise: [{ userId: 7, status: 'USED' }],
  };
  const move = { changed: true, coupon: {} as never };
  const first = addAnswer(noneRevoked, { ...move, ...answer, inEffect: false });
  const total = addAnswer(first, { ...move, ...answer, inEffect: true });
  assert.deepEqual(total, {
    sent: 12,
    revoked: 4,
    revokedBefore: 2,
    notIssued: [5, 5],
    notDrained: [6, 6],
    otherwise: [7, 7],
    inEffect: false,
  });
});

test('an audit record says what changed, by field', () => {
  const before = { totalStock: 100, name: 'a', closesAt: '2026-05-01T00:00:00.000Z' };
  const after = { totalStock: 200, name: 'a', closesAt: null, inEffectAt: 'x', brake: 'b' };
  assert.deepEqual(changesOf({ before, after }), [
    'totalStock 100 → 200',
    'closesAt 2026-05-01T00:00:00.000Z → –',
    'inEffectAt x',
  ]);
  assert.deepEqual(changesOf({ before: null, after: null }), []);
});
