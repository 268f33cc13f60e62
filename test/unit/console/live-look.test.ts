// A stale figure is never taken for a fresh one, and the charts keep their order over a reconnect.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addSample,
  isStale,
  joinSamples,
  type Look,
  lookAgeMs,
  SAMPLES_MAX,
  type Sample,
  STALE_AFTER_MS,
  sampleOf,
  storeAgeMs,
  withGaps,
} from '../../../console/src/live-look.ts';

const atMs = Date.parse('2026-12-01T01:00:00.000Z');
const look = {
  at: new Date(atMs).toISOString(),
  storesAt: { redis: new Date(atMs - 200).toISOString(), mysql: new Date(atMs - 60_000).toISOString() },
};
const sample = (second: number): Sample => ({
  at: new Date(atMs + second * 1000).toISOString(),
  coupons: {},
  answersPerSecond: {},
  p50Ms: null,
  p99Ms: null,
});

test('a look grows old while no other comes, and what it shows of a store with it', () => {
  assert.equal(lookAgeMs(look, atMs + 500), 500);
  assert.equal(isStale(lookAgeMs(look, atMs + STALE_AFTER_MS)), false);
  assert.equal(isStale(lookAgeMs(look, atMs + STALE_AFTER_MS + 1)), true);
  assert.equal(storeAgeMs(look, 'redis', atMs), 200);
  assert.equal(isStale(storeAgeMs(look, 'redis', atMs + 10_000)), true, 'the stream has stopped');
});

test('a store that does not answer is stale in a fresh look, and one that was never read is too', () => {
  assert.equal(isStale(storeAgeMs(look, 'mysql', atMs)), true);
  assert.equal(isStale(storeAgeMs({ ...look, storesAt: { redis: null, mysql: null } }, 'redis', atMs)), true);
});

test('a clock that runs behind makes nothing younger than now', () => {
  assert.equal(lookAgeMs(look, atMs - 5000), 0);
});

test('samples are one a second, in order, and bounded', () => {
  let samples: readonly Sample[] = [];
  for (let second = 0; second < SAMPLES_MAX + 50; second += 0.25) samples = addSample(samples, sample(second));
  assert.equal(samples.length, SAMPLES_MAX);
  const times = samples.map(({ at }) => Date.parse(at));
  for (const [index, time] of times.slice(1).entries()) assert.ok(time - (times[index] as number) >= 950);
  assert.equal(addSample(samples, sample(3)), samples, 'an old one is left out');
});

test('while Redis does not answer, its last figures are no sample, and those of the server are', () => {
  const live = { left: 7, backlog: 2 } as NonNullable<Look['coupons'][number]['live']>;
  const coupon = { id: 12, live, issuedPerSecond: 3 } as Look['coupons'][number];
  const server = { answersPerSecond: { granted: 5 }, p50Ms: 1, p99Ms: 2 } as unknown as NonNullable<Look['server']>;
  const seen = { at: look.at, coupons: [coupon], server };
  assert.deepEqual(sampleOf({ ...seen, redis: 'ok' }).coupons, { 12: { left: 7, issuedPerSecond: 3, waiting: 2 } });
  const away = sampleOf({ ...seen, redis: 'unreachable' });
  assert.deepEqual([away.coupons, away.answersPerSecond, away.p99Ms], [{}, { granted: 5 }, 2]);
});

test('after a reconnect, what the server kept follows what the page has seen, without a second twice', () => {
  const own = [0, 1, 2, 3].map(sample);
  const joined = joinSamples(own, [2, 3, 4].map(sample));
  assert.deepEqual(joined, [0, 1, 2, 3, 4].map(sample));
  assert.equal(joinSamples(own, []), own);
});

test('a time at which nobody looked is a gap, not a line', () => {
  const [first, second, later] = [0, 1, 30].map(sample) as [Sample, Sample, Sample];
  const marked = withGaps([
    first,
    { ...second, p50Ms: 3, coupons: { 1: { left: 5, issuedPerSecond: 1, waiting: 0 } } },
    later,
  ]);
  assert.equal(marked.length, 4);
  assert.deepEqual(marked[2], { ...sample(1.001), answersPerSecond: null });
  assert.deepEqual(marked[3], later);
});
