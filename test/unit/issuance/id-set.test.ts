import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { IdSet } from '../../../src/issuance/id-set.ts';

test('a set of ids answers exactly, for neighbours, far ids and random ones', () => {
  const ids = new Set<number>([1, 2, Number.MAX_SAFE_INTEGER, 2 ** 32, 2 ** 32 + 1, 2 ** 52]);
  for (let id = 1000; id < 3000; id++) ids.add(id);
  for (let id = 0; id < 3000; id++) ids.add(id * 2 ** 32 + 7);
  while (ids.size < 8000) ids.add(randomInt(1, 2 ** 48 - 1));
  const set = new IdSet(ids.size);
  for (const id of ids) assert.ok(set.add(id));
  for (const id of ids) assert.ok(set.add(id));
  assert.equal(set.size, ids.size);
  for (const id of ids) assert.ok(set.has(id));
  for (let n = 0; n < 20_000; n++) {
    const id = randomInt(1, 2 ** 48 - 1);
    assert.equal(set.has(id), ids.has(id), `id ${id}`);
  }
});

test('a full set refuses a new id and keeps what it has', () => {
  const set = new IdSet(2);
  assert.ok(set.add(5) && set.add(6) && set.add(5));
  assert.equal(set.add(7), false);
  assert.deepEqual([set.has(5), set.has(6), set.has(7), set.size], [true, true, false, 2]);
});

test('an empty set has nobody', () => {
  assert.equal(new IdSet(0).has(1), false);
});
