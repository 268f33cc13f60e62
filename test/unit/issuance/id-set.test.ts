import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { IdSet } from '../../../src/issuance/id-set.ts';
import { TextIdSet } from '../../../src/issuance/text-id-set.ts';

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

test('a set of texts answers exactly, for neighbours, lengths and the parts of others', () => {
  const ids = new Set<string>(['a', 'aa', 'aaa', 'A', 'a'.repeat(64), 'a'.repeat(63), 'auth0|1', 'auth0|10', '-', '=']);
  for (let n = 0; n < 3000; n++) ids.add(`user:${n}`);
  while (ids.size < 8000) ids.add(randomUUID());
  const set = new TextIdSet(ids.size);
  for (const id of ids) assert.ok(set.add(id), id);
  for (const id of ids) assert.ok(set.add(id), id);
  assert.equal(set.size, ids.size);
  for (const id of ids) assert.ok(set.has(id), id);
  for (let n = 0; n < 20_000; n++) assert.equal(set.has(randomUUID()), false);
  for (const id of ['aaaa', 'AA', 'user:3000', 'user:', 'auth0|', 'auth0|100']) assert.equal(set.has(id), false, id);
});

test('a full set of texts refuses a new one and keeps what it has; an empty one has nobody', () => {
  const set = new TextIdSet(2);
  assert.ok(set.add('x') && set.add('y'.repeat(64)) && set.add('x'));
  assert.equal(set.add('z'), false);
  assert.deepEqual([set.has('x'), set.has('y'.repeat(64)), set.has('z'), set.size], [true, true, false, 2]);
  assert.equal(new TextIdSet(0).has('x'), false);
});

test('what is no id is counted in a set of texts, and is never taken for one', () => {
  const set = new TextIdSet(3);
  const [long, wide] = [`bob${'x'.repeat(256)}`, 'b\u016fb'];
  assert.ok(set.add(long) && set.add(wide) && set.add('kim'));
  assert.deepEqual([set.size, set.has('kim'), set.has('bob'), set.has('bobx')], [3, true, false, false]);
});
