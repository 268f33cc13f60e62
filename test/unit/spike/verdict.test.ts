import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpikeReport } from '../../../src/spike/spike.ts';
import { spikePage } from '../../../src/spike/spike-page.ts';
import { notesOn, reasonsAgainst, verdictOf } from '../../../src/spike/verdict.ts';

const spread = { min: 1, p50: 2, p90: 3, p99: 4, max: 5 };
const sound = {
  ok: true,
  couponId: 7,
  url: 'http://127.0.0.1:8080',
  firstUser: 1,
  lastUser: 10,
  asking: 10,
  heldBefore: 0,
  decided: true,
  attempts: 10,
  answers: { '201': 6, '400 OUT_OF_STOCK_COUPON': 4 },
  users: { granted: 6, unknown: 0, alreadyIssued: 0, refused: 4 },
  durationMs: 12,
  connectsWithinMs: 3,
  answersPerSecond: 800,
  latencyMs: spread,
  withConnectMs: spread,
  settled: { issued: 0, notIssued: 0, unsettled: 0 },
  drain: { rowsAtLastAnswer: 6, allRowsAfterMs: 0, drained: true },
  violations: [],
  verification: { ok: true, mode: 'final', gaps: [] },
} as unknown as SpikeReport;

const broken = {
  ...sound,
  ok: false,
  decided: false,
  drain: { ...sound.drain, allRowsAfterMs: null },
  violations: [{ name: 'grantedWithoutRow', count: 2, meaning: 'a lost coupon', examples: [3, '<4>'] }],
  verification: { ...sound.verification, ok: false },
} as unknown as SpikeReport;

test('each thing that went wrong is a reason of its own', () => {
  assert.deepEqual(reasonsAgainst(sound), []);
  assert.match(verdictOf(sound), /^PROVEN: /);
  assert.equal(reasonsAgainst(broken).length, 4);
  assert.equal(verdictOf(broken), `NOT PROVEN: ${reasonsAgainst(broken).join('; ')}.`);
});

test('an outcome that says less than it seems to is explained', () => {
  assert.deepEqual(notesOn(sound), []);
  assert.match(notesOn({ ...sound, heldBefore: 6 })[0] as string, /^6 of 10 users held the coupon before/);
  const soldOut = { ...sound, answers: { '400 OUT_OF_STOCK_COUPON': 10 }, users: { ...sound.users, granted: 0 } };
  assert.match(notesOn(soldOut)[0] as string, /^Nothing was left/);
  const tooMany = { ...sound, answers: { '201': 10 }, users: { ...sound.users, granted: 10 } };
  assert.match(notesOn(tooMany)[0] as string, /^The stock was larger/);
  assert.match(notesOn({ ...sound, users: { ...sound.users, unknown: 2 } })[0] as string, /unknown at first/);
});

test('the page has the verdict, the reasons and the contradictions, and no text of others as HTML', () => {
  const proof = { couponName: '<img src=x>', startedAt: new Date(0), endedAt: new Date(1000), actor: '<jin>' };
  const page = spikePage({ report: sound, ...proof });
  assert.match(page, /<p class="proof">PROVEN: /);
  assert.match(page, /<td>400 OUT_OF_STOCK_COUPON<\/td><td class="number">4<\/td>/);
  assert.doesNotMatch(page, /<img|<jin>|contradict the stores/);
  const bad = spikePage({ report: broken, ...proof });
  assert.match(bad, /<p class="proof">NOT PROVEN: not one request got a decision; /);
  assert.match(bad, /<td>grantedWithoutRow<\/td>.*<td>3, &#60;4&#62;<\/td>/);
});
