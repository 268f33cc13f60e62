import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../../../console/src/format.ts';

const seoul = { language: 'en', zone: 'Asia/Seoul' } as const;
const korean = { language: 'ko', zone: 'Asia/Seoul' } as const;

test('figures have their unit, and what is not known is a dash, never a zero', () => {
  for (const unknown of [null, undefined, Number.NaN]) {
    assert.equal(format.formatNumber(unknown, seoul), '–');
    assert.equal(format.formatMs(unknown, seoul), '–');
    assert.equal(format.formatBytes(unknown, seoul), '–');
    assert.equal(format.formatPercent(unknown, seoul), '–');
  }
  assert.equal(format.formatNumber(1_234_567, seoul), '1,234,567');
  assert.equal(format.formatNumber(0.46, seoul), '0.5');
  assert.equal(format.formatMs(1.23, seoul), '1.2 ms');
  assert.equal(format.formatMs(2140, seoul), '2.1 s');
  assert.equal(format.formatBytes(1536, seoul), '1.5 KB');
  assert.equal(format.formatBytes(20 * 1024 ** 3, seoul), '20 GB');
});

test('a percentage is 0 or 100 only if it is exactly that', () => {
  assert.equal(format.formatPercent(0, seoul), '0 %');
  assert.equal(format.formatPercent(1, seoul), '100 %');
  assert.equal(format.formatPercent(0.00001, seoul), '0.1 %');
  assert.equal(format.formatPercent(0.99999, seoul), '99.9 %');
});

test('a time is that of the chosen zone, also over midnight and at midnight itself', () => {
  assert.equal(format.formatTime('2026-11-30T15:00:00.007Z', seoul), '2026-12-01 00:00');
  assert.equal(format.formatTime('2026-11-30T15:00:00.007Z', seoul, 'millisecond'), '2026-12-01 00:00:00.007');
  assert.equal(format.formatTime('2026-11-30T15:00:00.007Z', { zone: 'UTC' }, 'second'), '2026-11-30 15:00:00');
  assert.equal(format.formatTime('nonsense', seoul), '–');
  const now = Date.parse('2026-11-30T00:00:00Z');
  assert.equal(format.formatDay('2026-12-01T01:00:00Z', seoul, now), 'Tue 1 Dec, 10:00');
  assert.match(format.formatDay('2027-12-01T01:00:00Z', seoul, now), /2027/);
  assert.match(format.formatDay('2026-12-01T01:00:00Z', korean, now), /12월 1일.*10:00/);
});

test('a zone says how far it is from UTC at that time', () => {
  const winter = Date.parse('2026-12-01T00:00:00Z');
  assert.equal(format.formatZone('Asia/Seoul', winter), 'Asia/Seoul (UTC+9)');
  assert.equal(format.formatZone('America/New_York', winter), 'America/New York (UTC−5)');
  assert.equal(format.formatZone('America/New_York', Date.parse('2026-07-01T00:00:00Z')), 'America/New York (UTC−4)');
  assert.equal(format.formatZone('Asia/Kathmandu', winter), 'Asia/Kathmandu (UTC+5:45)');
});

test('a countdown ends with 00:00:00 at the moment itself, not a second before it', () => {
  assert.equal(format.formatCountdown(1), '00:00:01');
  assert.equal(format.formatCountdown(0), '00:00:00');
  assert.equal(format.formatCountdown(-5000), '00:00:00');
  assert.equal(format.formatCountdown(3 * 86_400_000 + 4_000), '3 d 00:00:04');
});
