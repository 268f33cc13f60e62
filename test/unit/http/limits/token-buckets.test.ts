import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBuckets } from '../../../../src/http/limits/token-buckets.ts';

test('after a burst one request passes for each token that is filled in', () => {
  const buckets = new TokenBuckets({ perSecond: 2, burst: 3, bucketsMax: 10 });
  assert.deepEqual(
    [1, 2, 3].map(() => buckets.take('a', 0)),
    [0, 0, 0],
  );
  assert.equal(buckets.take('a', 0), 500);
  assert.equal(buckets.take('b', 0), 0, 'another one is not concerned');
  assert.equal(buckets.take('a', 250), 250);
  assert.equal(buckets.take('a', 500), 0);
  assert.ok(buckets.take('a', 501) > 0);
});

test('a rest never saves up more than the burst', () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 2, bucketsMax: 10 });
  buckets.take('a', 0);
  assert.deepEqual(
    [1, 2].map(() => buckets.take('a', 1e9)),
    [0, 0],
  );
  assert.ok(buckets.take('a', 1e9) > 0);
});

test('the number of buckets is bounded, and those in use are kept (I6)', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1, bucketsMax: 100 });
  buckets.take('busy', 0);
  for (let n = 0; n < 10_000; n++) {
    buckets.take(`user ${n}`, 0);
    assert.ok(buckets.take('busy', 0) > 0);
  }
  assert.equal(buckets.size, 100);
});
