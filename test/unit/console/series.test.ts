// A series opens at the same time of the operator’s clock on each day, also over the nights on which clocks change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf, planSeries, type SeriesPlan } from '../../../console/src/series.ts';
import { addDays, localOf, momentOf } from '../../../console/src/zoned-time.ts';

const iso = (local: string, zone: string) => new Date(momentOf(local, zone)?.ms ?? 0).toISOString();

const daily: SeriesPlan = {
  name: 'Daily deal',
  firstOpens: '2026-12-01T10:00',
  everyDays: 1,
  count: 14,
  openMinutes: 60,
  usableDays: 30,
  zone: 'Asia/Seoul',
  each: { totalStock: 1000, discountType: 'PERCENT', discountAmount: 15 },
};

test('daily 10:00 in Seoul, 1,000 each, 14 days', () => {
  const planned = planSeries(daily) ?? [];
  assert.equal(planned.length, 14);
  assert.deepEqual(planned[0]?.coupon, {
    name: 'Daily deal 2026-12-01',
    totalStock: 1000,
    discountType: 'PERCENT',
    discountAmount: 15,
    opensAt: '2026-12-01T01:00:00.000Z',
    closesAt: '2026-12-01T02:00:00.000Z',
    expiresAt: '2026-12-31T01:00:00.000Z',
  });
  assert.equal(planned[13]?.coupon.opensAt, '2026-12-14T01:00:00.000Z');
  assert.equal(new Set(planned.map(({ coupon }) => coupon.name)).size, 14);
});

test('10:00 in New York stays 10:00 when clocks are put forward, and an hour in the window stays an hour', () => {
  const planned = planSeries({ ...daily, zone: 'America/New_York', firstOpens: '2027-03-13T10:00', count: 2 }) ?? [];
  // EST until the 13th, EDT on the 14th.
  assert.deepEqual(
    planned.map(({ coupon }) => coupon.opensAt),
    ['2027-03-13T15:00:00.000Z', '2027-03-14T14:00:00.000Z'],
  );
  const [, second] = planned;
  assert.equal(second?.coupon.closesAt, '2027-03-14T15:00:00.000Z');
});

test('a time that a clock skips is as long after the change as was meant, and is marked', () => {
  const planned = planSeries({ ...daily, zone: 'America/New_York', firstOpens: '2027-03-13T02:30', count: 3 }) ?? [];
  assert.deepEqual(
    planned.map(({ coupon, change }) => [coupon.opensAt, change]),
    [
      ['2027-03-13T07:30:00.000Z', 'none'],
      ['2027-03-14T07:30:00.000Z', 'skipped'],
      ['2027-03-15T06:30:00.000Z', 'none'],
    ],
  );
});

test('of a time that comes twice, the first is meant, and it is marked', () => {
  assert.deepEqual(momentOf('2026-11-01T01:30', 'America/New_York'), {
    ms: Date.parse('2026-11-01T05:30:00Z'),
    change: 'repeated',
  });
  assert.equal(iso('2026-11-01T02:30', 'America/New_York'), '2026-11-01T07:30:00.000Z');
});

test('zones with odd offsets, a change of half an hour, and one at midnight', () => {
  assert.equal(iso('2026-12-01T10:00', 'Asia/Kathmandu'), '2026-12-01T04:15:00.000Z');
  assert.equal(momentOf('2026-10-04T02:15', 'Australia/Lord_Howe')?.change, 'skipped');
  assert.equal(momentOf('2026-04-24T00:30', 'Africa/Cairo')?.change, 'skipped');
  assert.equal(iso('2026-12-01T00:00', 'UTC'), '2026-12-01T00:00:00.000Z');
});

test('local time and moment are each other’s reverse, through a year, in each of these zones', () => {
  for (const zone of ['Asia/Seoul', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns']) {
    for (let hour = 0; hour < 24 * 366; hour += 5) {
      const ms = Date.UTC(2026, 0, 1) + hour * 3_600_000;
      const back = momentOf(localOf(ms, zone), zone);
      if (back?.change === 'repeated') continue;
      assert.equal(back?.ms, ms, `${zone} ${new Date(ms).toISOString()}`);
    }
  }
});

test('what is no date is refused, over the end of months and leap years too', () => {
  for (const bad of ['', '2026-02-30T10:00', '2026-12-01', '2026-12-01T24:00', '2026-12-01T10:60', 'x']) {
    assert.equal(momentOf(bad, 'Asia/Seoul'), null, bad);
  }
  assert.equal(planSeries({ ...daily, firstOpens: '2026-02-30T10:00' }), null);
  assert.equal(addDays('2028-02-28T10:00', 1), '2028-02-29T10:00');
  assert.equal(addDays('2026-12-31T23:59:30', 1), '2027-01-01T23:59:30');
});

test('names have the number or the day; without a mark the day is put behind', () => {
  assert.equal(nameOf('Deal {n} of {date}', 3, '2026-12-03'), 'Deal 3 of 2026-12-03');
  assert.equal(nameOf(' Deal ', 3, '2026-12-03'), 'Deal 2026-12-03');
});
