// What the form of the page Create makes of a copy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Draft, emptyDraft, readDraft } from '../../../console/src/pages/create/draft.ts';

const draft: Draft = {
  ...emptyDraft,
  input: { ...emptyDraft.input, name: 'Morning', totalStock: '1,000', discountAmount: '10' },
  series: { ...emptyDraft.series, firstOpens: '2026-12-01T10:00', count: '3' },
};
const marksOf = (given: Draft) => readDraft(given, 'Asia/Seoul').planned?.map(({ coupon }) => coupon.rehearsal);

test('a copy of a rehearsal coupon is one too, alone and in a series; any other coupon is none', () => {
  assert.deepEqual(marksOf({ ...draft, rehearsal: true }), [true]);
  assert.deepEqual(marksOf({ ...draft, rehearsal: true, openNow: true }), [true]);
  assert.deepEqual(marksOf({ ...draft, rehearsal: true, what: 'series' }), [true, true, true]);
  assert.deepEqual(marksOf(draft), [undefined]);
  assert.deepEqual(marksOf({ ...draft, what: 'series', load: true }), [undefined, undefined, undefined]);
});
