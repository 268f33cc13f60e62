// What is typed becomes the request that was meant, or says which field is wrong; an edit sends only what was changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CouponInput,
  copyOf,
  editOf,
  emptyInput,
  inputOf,
  readInput,
  readWhole,
} from '../../../console/src/coupon-input.ts';
import { emptyDraft, readDraft } from '../../../console/src/pages/create/draft.ts';

const zone = 'Asia/Seoul';
const typed: CouponInput = {
  name: ' Spring sale ',
  totalStock: '10,000',
  discountType: 'PERCENT',
  discountAmount: '15',
  opens: '2026-12-01T10:00',
  closes: '2026-12-01T11:00',
  expires: '',
};
const read = {
  name: 'Spring sale',
  totalStock: 10_000,
  discountType: 'PERCENT' as const,
  discountAmount: 15,
  opensAt: '2026-12-01T01:00:00.123Z',
  closesAt: '2026-12-01T02:00:00.000Z',
  expiresAt: null,
};

test('numbers are whole, with or without separators; nothing else is taken for one', () => {
  assert.equal(readWhole('10,000'), 10_000);
  assert.equal(readWhole(' 1 000 000 '), 1_000_000);
  assert.equal(readWhole('007'), 7);
  for (const bad of ['', '1.5', '-1', '1e5', '10,00', '1,000,00', '0x10', '12a', '9007199254740993', '１２']) {
    assert.equal(readWhole(bad), null, bad);
  }
});

test('local times become moments of the zone', () => {
  const { coupon, problems } = readInput(typed, zone);
  assert.deepEqual(problems, {});
  assert.deepEqual(coupon, { ...read, opensAt: '2026-12-01T01:00:00.000Z' });
});

test('every field that is wrong is named at once', () => {
  assert.deepEqual(readInput(emptyInput, zone).problems, {
    name: 'problemMissing',
    totalStock: 'problemMissing',
    discountAmount: 'problemMissing',
  });
  const wrong = {
    ...typed,
    totalStock: '0',
    discountAmount: '101',
    closes: '2026-12-01T10:00',
    expires: '2026-02-30T00:00',
  };
  const { coupon, problems } = readInput(wrong, zone);
  assert.equal(coupon, null);
  assert.deepEqual(problems, {
    totalStock: 'problemNumber',
    discountAmount: 'problemPercent',
    closes: 'problemOrder',
    expires: 'problemTime',
  });
  assert.deepEqual(readInput({ ...typed, expires: '2026-12-01T10:30' }, zone).problems, { expires: 'problemOrder' });
});

test('an edit without a change changes nothing: not the milliseconds of a time, nor spaces around a name', () => {
  const input = inputOf(read, zone);
  const { coupon } = readInput({ ...input, name: ' Spring sale ' }, zone);
  assert.ok(coupon);
  assert.deepEqual(editOf(read, input, coupon, zone), {});
});

test('an edit sends what was changed, and nothing that somebody else may have changed meanwhile', () => {
  const input = { ...inputOf(read, zone), totalStock: '12000', closes: '' };
  const { coupon } = readInput(input, zone);
  assert.ok(coupon);
  assert.deepEqual(editOf(read, input, coupon, zone), { totalStock: 12_000, closesAt: null });
});

test('a copy has no times that are past', () => {
  const now = Date.parse('2026-12-01T01:30:00Z');
  assert.deepEqual(copyOf(read, zone, now), { ...inputOf(read, zone), opens: '' });
});

test('"open at once" needs no opening time, and takes none; a plain draft is not loaded', () => {
  const draft = { ...emptyDraft, input: typed };
  const [now] = readDraft({ ...draft, openNow: true }, zone).planned ?? [];
  assert.equal(now?.coupon.openNow, true);
  assert.equal('opensAt' in (now?.coupon ?? {}), false);
  const [plain] = readDraft(draft, zone).planned ?? [];
  assert.equal('openNow' in (plain?.coupon ?? {}) || 'preload' in (plain?.coupon ?? {}), false);
  assert.equal(plain?.coupon.opensAt, '2026-12-01T01:00:00.000Z');
});

test('a series names what is wrong with it, and is bounded', () => {
  const series = { ...emptyDraft.series, firstOpens: '2026-12-01T10:00' };
  const draft = { ...emptyDraft, what: 'series' as const, input: typed, series };
  assert.equal(readDraft(draft, zone).planned?.length, 14);
  const bad = readDraft({ ...draft, series: { ...series, firstOpens: '', count: '101', openMinutes: '0' } }, zone);
  assert.equal(bad.planned, null);
  assert.deepEqual(bad.seriesProblems, {
    firstOpens: 'problemMissing',
    count: 'problemCount',
    openMinutes: 'problemNumber',
  });
  const endless = readDraft({ ...draft, series: { ...series, openMinutes: '', usableDays: '' } }, zone).planned ?? [];
  assert.ok(endless.every(({ coupon }) => !('closesAt' in coupon) && !('expiresAt' in coupon)));
});
