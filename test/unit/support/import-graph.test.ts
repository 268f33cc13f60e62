import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCircles, importsOf } from '../../support/import-graph.ts';

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

test('a tree, and two ways to one file, are no circle', () => {
  assert.deepEqual(findCircles(graph({ a: ['b', 'c'], b: ['d'], c: ['d', 'not in the graph'], d: [] })), []);
});

test('a planted circle is found, of two files, of several, and of one that imports itself', () => {
  assert.deepEqual(findCircles(graph({ a: ['b'], b: ['a'] })), [['a', 'b']]);
  assert.deepEqual(findCircles(graph({ in: ['b'], a: ['c'], b: ['a'], c: ['b', 'out'], out: [] })), [['a', 'b', 'c']]);
  assert.deepEqual(findCircles(graph({ a: ['a'] })), [['a']]);
});

test('two circles beside each other are two, and one within another is one', () => {
  assert.deepEqual(findCircles(graph({ a: ['b', 'c'], b: ['a'], c: ['d'], d: ['c'] })), [
    ['c', 'd'],
    ['a', 'b'],
  ]);
  assert.deepEqual(findCircles(graph({ a: ['b'], b: ['c', 'a'], c: ['a'] })), [['a', 'b', 'c']]);
});

for (const [statement, path] of [
  ["import { x } from './x.ts';", 'src/a/x.ts'],
  ["import {\n  x,\n  type Y,\n} from '../b/x.ts';", 'src/b/x.ts'],
  ["import type { X } from '../x.ts';", 'src/x.ts'],
  ["import './x.ts';", 'src/a/x.ts'],
  ["export { x } from './x.ts';", 'src/a/x.ts'],
  ["export * from './x.ts';", 'src/a/x.ts'],
  ["const { x } = await import('./x.ts');", 'src/a/x.ts'],
  ["let x: import('./x.ts').X;", 'src/a/x.ts'],
] as const) {
  test(`an import is seen: ${JSON.stringify(statement)}`, () => {
    assert.deepEqual(importsOf('src/a/file.ts', statement), [path]);
  });
}

test('a package is no file of ours', () => {
  assert.deepEqual(importsOf('src/a/file.ts', "import { join } from 'node:path';\nimport x from 'mysql2';"), []);
});
