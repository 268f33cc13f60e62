import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasReusePort } from '../../../../src/http/engine/node-listen.ts';
import { NodeRoutes } from '../../../../src/http/engine/node-routes.ts';

function routes(): (method: string, path: string) => string {
  const found = new NodeRoutes();
  const named = new Map<unknown, string>();
  for (const [method, pattern] of [
    ['POST', '/me/:id/issue'],
    [null, '/me/:id/issue'],
    ['GET', '/me/:id'],
    ['GET', '/me'],
    [null, '/*'],
  ] as const) {
    const handler = () => {};
    named.set(handler, `${method ?? 'any'} ${pattern}`);
    found.add(method, pattern, handler);
  }
  return (method, path) => {
    const match = found.find(method, path);
    return match ? [named.get(match.handler), ...match.parameters].join(' ') : 'nothing';
  };
}

test('a route is found by its segments, that of the method before that of any', () => {
  const find = routes();
  assert.equal(find('POST', '/me/7/issue'), 'POST /me/:id/issue 7');
  assert.equal(find('PUT', '/me/7/issue'), 'any /me/:id/issue 7');
  assert.equal(find('GET', '/me/7'), 'GET /me/:id 7');
  assert.equal(find('GET', '/me'), 'GET /me');
});

test('nothing is decoded, folded or cut: what is not a route literally is none', () => {
  const find = routes();
  assert.equal(find('GET', '/me/%37'), 'GET /me/:id %37');
  for (const path of ['/', '/me/', '/me//issue', '//me/7', '/ME/7', '/me/7/', '/x/../me/7', '/me/7/issue/x']) {
    assert.equal(find('GET', path), 'any /*', path);
  }
});

test('a socket of its own for each listener is there on Linux since Node 22.12 and 23.1', () => {
  for (const node of ['22.12.0', '22.23.3', '23.1.0', '24.0.0', '26.10.0'])
    assert.ok(hasReusePort(node, 'linux'), node);
  for (const node of ['20.20.2', '22.11.9', '23.0.0', '21.7.0']) assert.ok(!hasReusePort(node, 'linux'), node);
  assert.ok(!hasReusePort('26.0.0', 'darwin'));
});
