import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../../../src/runtime/bounded-map.ts';

test('the entry that was not used for longest makes room', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  assert.equal(map.get('a'), 1);
  map.set('c', 3);
  assert.deepEqual([map.peek('a'), map.peek('b'), map.peek('c')], [1, undefined, 3]);
  assert.equal(map.size, 2);
});

test('a value that is set again is the newest, and takes no room of its own', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  assert.deepEqual([...map.values()], [3, 4]);
});

test('a look does not count as a use', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.peek('a');
  map.set('c', 3);
  assert.equal(map.peek('a'), undefined);
});

test('what is deleted or cleared is gone', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.delete('a');
  assert.deepEqual([...map.values()], [2]);
  map.clear();
  assert.equal(map.size, 0);
});
