import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CouponFields, checkFields, findProblems } from '../../../src/coupons/fields.ts';
import { MoveRefused } from '../../../src/coupons/move.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const at = (ms: number) => new Date(NOW + ms);
const good: CouponFields = { name: 'Spring sale', totalStock: 3, discountType: 'PERCENT', discountAmount: 20 };

function refusal(
  coupon: Partial<CouponFields>,
  before: CouponFields | null = null,
  openNow = false,
): MoveRefused | null {
  try {
    checkFields({ ...good, ...coupon }, NOW, { before, openNow });
    return null;
  } catch (error) {
    if (error instanceof MoveRefused) return error;
    throw error;
  }
}

function assertRefused(coupon: Partial<CouponFields>, field: string, code = 'VALIDATION_FAILED'): void {
  const found = refusal(coupon);
  assert.ok(found, `accepted: ${JSON.stringify(coupon)}`);
  assert.deepEqual([found.code, found.fields.map((each) => each.field)], [code, [field]], found.message);
  assert.match(found.message, new RegExp(`^${field} `));
}

const names: Readonly<Record<string, string>> = {
  nothing: '',
  spaces: '   ',
  'a space first': ' sale',
  'a space last': 'sale\u3000',
  'U+0000': 'sa\u0000le',
  'an escape sequence of terminals': '\u001b[31msale',
  'a line feed': 'one\ntwo',
  'a line feed last': 'one\n',
  'a tab': 'one\ttwo',
  DEL: 'sale\u007f',
  'a control character of C1': 'sale\u009b31m',
  'a line separator': 'one\u2028two',
  'a paragraph separator': 'one\u2029two',
  'an override of the writing direction': 'sale \u202egnp.exe',
  'an isolate of the writing direction': '\u2066sale\u2069',
  'a lone high surrogate': 'sale \ud83d',
  'a lone low surrogate': '\ude00 sale',
  'surrogates in the wrong order': 'a\ude00\ud83db',
  'what broken UTF-8 becomes': 'sale \ufffd\ufffd',
  'a noncharacter': 'sale\uffff',
  'nothing that can be seen': '\u200b\u200d\ufe0f',
  'a filler': '\u3164',
  '101 characters': 'x'.repeat(101),
};
for (const [what, name] of Object.entries(names)) {
  test(`a name of ${what} is refused`, () => assertRefused({ name }, 'name'));
}

test('names of all scripts are accepted, with emoji of several code points', () => {
  for (const name of [
    '봄 세일 쿠폰',
    'خصم ٢٠٪',
    'Ёлка',
    'Ünï',
    '👩‍👩‍👧‍👦 family',
    '🇰🇷',
    'می‌خواهم',
    '😀'.repeat(100),
    '<b>&amp;\'"`',
  ]) {
    assert.equal(refusal({ name }), null, name);
  }
});

test('a window that is over is refused, by an hour as by a minute; one that is nearly over is not', () => {
  for (const ms of [-HOUR_MS, -MINUTE_MS, Date.parse('2001-01-01') - NOW]) {
    assertRefused({ closesAt: at(ms) }, 'closesAt');
    assert.equal(refusal({ opensAt: at(ms - HOUR_MS), closesAt: at(ms) })?.fields.at(-1)?.field, 'closesAt');
  }
  // The clocks of Redis and MySQL may differ a little.
  for (const ms of [-1000, 1000, HOUR_MS]) assert.equal(refusal({ closesAt: at(ms) }), null);
});

test('a window that ends before it begins is refused', () => {
  assertRefused({ opensAt: at(2 * HOUR_MS), closesAt: at(HOUR_MS) }, 'closesAt');
  assertRefused({ opensAt: at(HOUR_MS), closesAt: at(HOUR_MS) }, 'closesAt');
});

test('what expires before it can be issued and used is refused, with a code of its own', () => {
  const tooEarly: Partial<CouponFields>[] = [
    { expiredAt: at(-24 * HOUR_MS) },
    { expiredAt: at(0) },
    { opensAt: at(HOUR_MS), expiredAt: at(MINUTE_MS) },
    { opensAt: at(HOUR_MS), expiredAt: at(HOUR_MS) },
    { closesAt: at(2 * HOUR_MS), expiredAt: at(HOUR_MS) },
    { closesAt: at(HOUR_MS), expiredAt: at(HOUR_MS) },
    { opensAt: at(HOUR_MS), closesAt: at(3 * HOUR_MS), expiredAt: at(2 * HOUR_MS) },
  ];
  for (const times of tooEarly) assertRefused(times, 'expiredAt', 'EXPIRES_TOO_EARLY');
  assert.equal(refusal({ opensAt: at(HOUR_MS), closesAt: at(2 * HOUR_MS), expiredAt: at(2 * HOUR_MS + 1) }), null);
});

test('an opening in the past is refused, unless the operator says that the coupon is to open now', () => {
  for (const ms of [0, -1, -1000, -MINUTE_MS, -29 * 24 * HOUR_MS, Date.parse('2000-01-01') - NOW]) {
    assertRefused({ opensAt: at(ms) }, 'opensAt', 'OPENS_IN_PAST');
    assertRefused({ opensAt: at(ms), closesAt: at(HOUR_MS) }, 'opensAt', 'OPENS_IN_PAST');
    assert.equal(refusal({ opensAt: at(ms) }, null, true), null);
  }
  assert.equal(refusal({ opensAt: at(1) }), null);
  assert.equal(refusal({}, null, true), null);
  assert.equal(refusal({ opensAt: at(MINUTE_MS) }, null, true)?.code, 'VALIDATION_FAILED', 'which of the two?');
  // What can never be right counts more than what may be meant.
  const found = refusal({ opensAt: at(-HOUR_MS), closesAt: at(-MINUTE_MS) });
  assert.deepEqual(
    [found?.code, found?.fields.map(({ field }) => field)],
    ['VALIDATION_FAILED', ['opensAt', 'closesAt']],
  );
});

test('an edit is not held against an opening that is over already', () => {
  const before = { ...good, opensAt: at(-HOUR_MS) };
  assert.equal(refusal({ ...before, name: 'Summer sale' }, before), null);
  assert.equal(refusal({ ...before, opensAt: at(-MINUTE_MS) }, before)?.code, 'OPENS_IN_PAST');
  assert.equal(refusal({ ...before, opensAt: at(HOUR_MS) }, before), null);
});

test('what else is wrong is found beside fields of any type', () => {
  const wrong = new Set(['name', 'totalStock', 'opensAt', 'discountType']);
  const coupon = {
    name: 5,
    totalStock: {},
    opensAt: 'x',
    discountType: [],
    discountAmount: 101,
    closesAt: at(-HOUR_MS),
  };
  assert.deepEqual(
    findProblems(coupon as object, NOW, {}, wrong).map(({ field }) => field),
    ['closesAt'],
  );
  assert.deepEqual(findProblems({ name: 5, totalStock: 5 } as object, NOW, { before: good }, new Set(['name'])), []);
});

test('times far from now are slips', () => {
  for (const field of ['opensAt', 'closesAt', 'expiredAt'] as const) {
    for (const time of [
      '1999-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00Z',
      '2101-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
    ]) {
      assertRefused({ [field]: new Date(time) }, field);
    }
    assertRefused({ [field]: new Date(Number.NaN) }, field);
  }
  assert.equal(refusal({ closesAt: new Date('2100-12-31T23:59:59Z') }), null);
});

test('stock and discount have bounds', () => {
  for (const totalStock of [0, -1, 1.5, 1_000_000_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    assertRefused({ totalStock }, 'totalStock');
  }
  for (const discountAmount of [0, 101, 1.5]) assertRefused({ discountAmount }, 'discountAmount');
  assertRefused({ discountType: 'FIXED', discountAmount: 2 ** 53 }, 'discountAmount');
  assertRefused({ discountType: 'GIFT' as 'FIXED' }, 'discountType');
});

test('all that is wrong is named at once', () => {
  const found = refusal({ name: '\u0007', totalStock: 0, closesAt: at(-HOUR_MS), expiredAt: at(-HOUR_MS) });
  assert.deepEqual(
    [found?.code, found?.fields.map(({ field }) => field)],
    ['VALIDATION_FAILED', ['name', 'totalStock', 'closesAt', 'expiredAt']],
  );
});

test('a coupon from before these rules can be edited in all that is not wrong with it', () => {
  const before: CouponFields = { ...good, name: 'bell\u0007', closesAt: at(-HOUR_MS), expiredAt: at(-2 * HOUR_MS) };
  assert.equal(refusal({ ...before, totalStock: 7 }, before), null);
  // Given as it was: nothing is changed.
  assert.equal(refusal({ ...before, closesAt: at(-HOUR_MS), totalStock: 7 }, before), null);
  assert.equal(refusal({ ...before, name: 'bell' }, before), null);
  assert.equal(refusal({ ...before, closesAt: at(HOUR_MS), expiredAt: at(2 * HOUR_MS) }, before), null);
  assert.equal(refusal({ ...before, name: 'bell\u0008' }, before)?.code, 'VALIDATION_FAILED');
  assert.equal(refusal({ ...before, closesAt: at(-MINUTE_MS) }, before)?.code, 'VALIDATION_FAILED');
  assert.equal(refusal({ ...before, closesAt: at(HOUR_MS) }, before)?.code, 'EXPIRES_TOO_EARLY');
  const distant = { ...good, closesAt: new Date('2199-01-01') };
  assert.equal(refusal({ ...distant, totalStock: 7 }, distant), null);
  assert.equal(refusal({ ...distant, expiredAt: new Date('2099-01-01') }, distant)?.code, 'EXPIRES_TOO_EARLY');
});
