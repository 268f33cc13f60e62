// The installation as the console shows it: both stores, settings that break a promise, and the operators.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { newOperator, parseOperators } from '../../../src/admin/operators.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { explainConfig } from '../../../src/config.ts';
import { settings as table } from '../../../src/settings.ts';
import { openStores } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

const TOKEN = 'token-of-the-tests';
const authorization = `Bearer ${TOKEN}`;

test('both stores are shown, with the settings that break a promise, also while one of them is silent', async (t) => {
  const stores = await openStores(t);
  await stores.redis.config('SET', 'appendfsync', 'everysec', 'maxmemory', '1gb');
  const app = createAdminServer({
    authentication: new Authentication({ token: TOKEN, failuresMax: 3 }),
    servers: stores,
    openapi: '{}',
    settings: () => explainConfig({ GRAFANA_URL: 'https://grafana.example' }),
  });
  t.after(() => app.close());
  const read = async () => (await app.inject({ url: '/admin/v1/system', headers: { authorization } })).json();

  const { redis, mysql, promises, grafanaUrl } = await read();
  assert.equal(grafanaUrl, 'https://grafana.example');
  assert.match(redis.version, /^\d+\.\d+/);
  assert.ok(redis.memoryBytes > 100_000 && redis.memoryLimitBytes === 1024 ** 3 && redis.clients >= 1, redis);
  assert.match(mysql.version, /^\d+\.\d+/);
  assert.ok(mysql.writable && mysql.clients >= 1 && mysql.clientsLimit > 1, mysql);
  for (const { skewMs } of [redis, mysql]) assert.ok(Math.abs(skewMs) < 1000, `the same machine: ${skewMs} ms`);
  const unsafe = promises.filter(({ verdict }: { verdict: string }) => verdict === 'unsafe');
  assert.deepEqual(unsafe, [
    {
      store: 'Redis',
      name: 'appendfsync',
      value: 'everysec',
      safe: 'always',
      verdict: 'unsafe',
      promise: 'a power loss may lose the grants of the last second or two (I3)',
      runbook: 'couponrushunsafesettings',
    },
  ]);

  await stores.server.freeze();
  const askedMs = performance.now();
  const without = await read();
  await stores.server.resume();
  assert.ok(performance.now() - askedMs < 3000, 'within 3 s');
  assert.equal(without.redis, null);
  assert.ok(without.mysql.writable);
  assert.deepEqual([...new Set(without.promises.map(({ store }: { store: string }) => store))], ['MySQL']);
  await waitFor('Redis is shown again', async () => (await read()).redis !== null);
});

test('operators are listed as they are in force, without anything of their tokens', async (t) => {
  const alice = newOperator('alice', 'admin');
  const bob = newOperator('bob', 'viewer');
  const authentication = new Authentication({
    token: TOKEN,
    operators: parseOperators(`${alice.line}\n${bob.line}`, 'operators'),
    failuresMax: 3,
  });
  const app = createAdminServer({
    authentication,
    servers: await openStores(t),
    openapi: '{}',
    settings: () => explainConfig({ COUPONRUSH_OPERATORS_FILE: '/etc/couponrush/operators' }),
  });
  t.after(() => app.close());
  const read = () => app.inject({ url: '/admin/v1/operators', headers: { authorization } });
  const first = await read();
  assert.deepEqual(first.json(), {
    file: '/etc/couponrush/operators',
    operators: [
      { name: 'alice', role: 'admin' },
      { name: 'bob', role: 'viewer' },
    ],
  });
  authentication.replaceOperators(parseOperators(bob.line, 'operators'));
  assert.deepEqual((await read()).json().operators, [{ name: 'bob', role: 'viewer' }]);
});

test('each setting is listed with its value and its meaning, and no secret', async (t) => {
  const app = createAdminServer({
    authentication: new Authentication({ token: TOKEN, failuresMax: 3 }),
    servers: await openStores(t),
    openapi: '{}',
    settings: () => explainConfig({ ADMIN_TOKEN: 'a-very-secret-token-of-an-admin', WORKERS: '7' }),
  });
  t.after(() => app.close());
  const response = await app.inject({ url: '/admin/v1/settings', headers: { authorization } });
  assert.doesNotMatch(response.body, /very-secret/);
  const { settings } = response.json() as { settings: { name: string; value: string; meaning: string }[] };
  assert.deepEqual(
    settings.map(({ name, meaning }) => [name, meaning]),
    Object.values(table).map(({ name, meaning }) => [name, meaning]),
  );
  assert.equal(settings.find(({ name }) => name === 'WORKERS')?.value, '7');
});
