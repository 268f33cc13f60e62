import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localTime, timeInWords, zoneOf, zoneOption } from '../../../src/commands/local-time.ts';
import { discountInWords } from '../../../src/commands/money.ts';
import { loadConfig } from '../../../src/config.ts';
import { distance } from '../../../src/coupons/distance.ts';

test('a time is shown in the zone, with the offset of that moment, and can be read again', () => {
  const times: readonly (readonly [string, string, string])[] = [
    ['2026-12-01T01:00:00.000Z', 'Asia/Seoul', '2026-12-01T10:00:00+09:00'],
    ['2026-12-31T15:00:00.000Z', 'Asia/Seoul', '2027-01-01T00:00:00+09:00'],
    ['2026-12-01T01:00:00.999Z', 'UTC', '2026-12-01T01:00:00Z'],
    ['2026-07-01T00:00:00.000Z', 'America/New_York', '2026-06-30T20:00:00-04:00'],
    ['2026-12-01T00:00:00.000Z', 'America/New_York', '2026-11-30T19:00:00-05:00'],
    ['2026-07-01T00:00:00.000Z', 'Asia/Kolkata', '2026-07-01T05:30:00+05:30'],
    // The hour that comes twice.
    ['2026-10-25T00:30:00.000Z', 'Europe/Berlin', '2026-10-25T02:30:00+02:00'],
    ['2026-10-25T01:30:00.000Z', 'Europe/Berlin', '2026-10-25T02:30:00+01:00'],
  ];
  for (const [utc, zone, expected] of times) {
    assert.equal(localTime(utc, zone), expected);
    assert.equal(Math.floor(Date.parse(expected) / 1000), Math.floor(Date.parse(utc) / 1000));
  }
});

test('the distance is told in the largest units', () => {
  const [s, min, h, d] = [1000, 60_000, 3_600_000, 86_400_000];
  const distances: readonly (readonly [number, string])[] = [
    [0, 'now'],
    [-999, 'now'],
    [40 * s, 'in 40 s'],
    [89 * s, 'in 1 min 29 s'],
    [90 * min, 'in 1 h 30 min'],
    [15 * h + 59 * min, 'in 16 h'],
    // What was given as +2m, +60m and +30d, a moment later.
    [2 * min - 300, 'in 2 min'],
    [60 * min - 1500, 'in 1 h'],
    [30 * d - 40 * s, 'in 30 d'],
    [10 * h - 20 * s, 'in 10 h'],
    [59 * s + 600, 'in 1 min'],
    [-(8 * h + 56 * min + 40 * s), '8 h 57 min ago'],
    [40 * h, 'in 1 d 16 h'],
    [30 * d + h, 'in 30 d'],
    [-2 * h, '2 h ago'],
    [-29 * d, '29 d ago'],
  ];
  for (const [ms, words] of distances) assert.equal(distance(new Date(1e12 + ms), 1e12), words);
  assert.equal(
    timeInWords('2026-12-01T01:00:00Z', 'Asia/Seoul', Date.parse('2026-11-30T10:00:00Z')),
    '2026-12-01T10:00:00+09:00 (in 15 h)',
  );
});

test('a discount is told in words, in the currency', () => {
  const fixed = (discountAmount: number, currency: string) =>
    discountInWords({ discountType: 'FIXED', discountAmount }, currency);
  assert.equal(fixed(15, 'KRW'), '15 South Korean won off');
  assert.equal(fixed(1500, 'KRW'), '1,500 South Korean won off');
  assert.equal(fixed(1500, 'USD'), '15.00 US dollars off');
  assert.equal(fixed(1500, 'KWD'), '1.500 Kuwaiti dinars off');
  assert.equal(discountInWords({ discountType: 'PERCENT', discountAmount: 15 }, 'USD'), '15 % off');
});

test('zone and currency are checked where they are given', () => {
  const config = loadConfig({ COUPONRUSH_TIME_ZONE: 'asia/seoul', COUPONRUSH_CURRENCY: 'EUR' });
  assert.deepEqual([config.timeZone, config.currency], ['Asia/Seoul', 'EUR']);
  assert.equal(zoneOf({}, config), 'Asia/Seoul');
  assert.equal(zoneOf({ timeZone: 'Europe/Berlin' }, config), 'Europe/Berlin');
  assert.equal(zoneOf({}, { timeZone: null }), Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [, , parse] = zoneOption;
  for (const wrong of ['Seoul', '+09:00', 'KST9', 'Asia/Soul', '']) {
    assert.throws(() => parse(wrong), /IANA time zone such as Asia\/Seoul/, wrong);
    if (wrong) assert.throws(() => loadConfig({ COUPONRUSH_TIME_ZONE: wrong }), /COUPONRUSH_TIME_ZONE must be an IANA/);
  }
  for (const wrong of ['krw', 'WON', '15', 'KR']) {
    assert.throws(() => loadConfig({ COUPONRUSH_CURRENCY: wrong }), /COUPONRUSH_CURRENCY must be an ISO 4217 code/);
  }
});
