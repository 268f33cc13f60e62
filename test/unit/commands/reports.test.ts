import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailure } from '../../../src/commands/action.ts';
import type { EventReport } from '../../../src/commands/coupon/report-figures.ts';
import { reportPage } from '../../../src/commands/coupon/report-page.ts';
import { parseUserList } from '../../../src/commands/coupon/revoke-list.ts';
import { csvOf } from '../../../src/commands/report.ts';
import { parseRefusals } from '../../../src/overview/refusals.ts';

const report = {
  at: '2026-03-01T12:10:00.000Z',
  phase: 'closed',
  coupon: { id: 7, name: '<script>alert("봄")</script>', state: 'CLOSED', totalStock: 100 },
  totals: { issued: 30, open: 20, used: 5, lapsed: 2, revoked: 3, pending: 0, deadLetters: 0, givenUp: 0 },
  faceValue: { issued: 3000, open: 2000, used: 500, revoked: 300 },
  firstIssuedAt: '2026-03-01T12:00:00.100Z',
  lastIssuedAt: '2026-03-01T12:00:02.000Z',
  peakPerSecond: 20,
  delayMs: { mean: 12, max: 90 },
  rate: { from: '2026-03-01T12:00:00.000Z', stepSeconds: 1, counts: [10, 0, 20] },
  refusals: { decided: { sold_out: 1234567 }, answeredByWorkers: {} },
  verification: { ok: true, mode: 'final', gaps: [] },
} as unknown as EventReport;

test('the page of a report needs nothing from outside, and shows a name as text', () => {
  const page = reportPage(report);
  assert.doesNotMatch(page, /<script|<link|<img|@import|url\(|https?:|src=|href=/i);
  assert.match(page, /&#60;script&#62;alert\(&#34;봄&#34;\)/);
  // Two bars of three steps, the second as high as the chart; one part for each status.
  const chart = page.slice(page.indexOf('aria-label="issued'), page.indexOf('What became'));
  assert.deepEqual(
    [...chart.matchAll(/<rect [^>]*height="([\d.]+)"/g)].map(([, height]) => Number(height)),
    [93, 186],
  );
  assert.match(page, /1,234,567/);
  assert.match(page, /agree, user by user \(final check\)/);
  const broken = { ...report, verification: { ...report.verification, ok: false, gaps: [{ name: 'x', count: 2 }] } };
  assert.match(reportPage(broken as unknown as EventReport), /do not agree: x 2/);
  const empty = { ...report, rate: null, faceValue: null, refusals: null };
  assert.match(reportPage(empty as unknown as EventReport), /not known/);
});

test('a list of users: what is one, and what makes the whole file refused', () => {
  assert.deepEqual(
    parseUserList('\ufeff1\r\n 22 \r\n\r\n# of May\n1\n9007199254740991', 'f'),
    [1, 22, 9007199254740991],
  );
  const wrong: [string, RegExp][] = [
    ['1\n2,3\n4', /f must have one user id a line, and nothing was changed: line 2: "2,3"$/],
    ['user_id\n1', /line 1: "user_id"/],
    ['1\n0\n-1\n1.5\n01', /line 2: "0", line 3: "-1", line 4: "1.5", and 1 more/],
    ['9007199254740992', /line 1/],
    ['1\n1e3', /line 2/],
    ['# nothing\n\n', /f has 0 user ids/],
  ];
  for (const [text, expected] of wrong) {
    assert.throws(
      () => parseUserList(text, 'f'),
      (error) => error instanceof CommandFailure && error.exitCode === 2 && expected.test(error.message),
      text,
    );
  }
});

test('a name in a CSV is text: quoted, and never a formula', () => {
  const row = {
    couponId: 1,
    name: '=HYPERLINK("x"),y',
    discountType: 'FIXED',
    issued: 2,
    used: 1,
    lapsed: 0,
    revoked: 0,
  };
  const csv = csvOf([{ ...row, faceValueIssued: 200, faceValueUsed: 100, faceValueOpen: 100 }]);
  assert.equal(csv.split('\n')[1], `1,"'=HYPERLINK(""x""),y",FIXED,2,1,0,0,200,100,100`);
});

test('refusals of one coupon are told apart from those of others, and none from none known', () => {
  const text =
    'couponrush_decisions_total{coupon="12",outcome="paused"} 3\ncouponrush_local_answers_total{outcome="sold_out"} 9';
  assert.equal(parseRefusals(text, 1), null);
  assert.deepEqual(parseRefusals(text, 12), { decided: { paused: 3 }, answeredByWorkers: { sold_out: 9 } });
});
