// What the console reads of the settings in effect.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { explainConfig } from '../../../src/config.ts';
import { openStores } from '../../support/coupon-stores.ts';

test('the address of Grafana is null until it is set, and then as it was given', async (t) => {
  const stores = await openStores(t);
  const read = async (env: NodeJS.ProcessEnv) => {
    const authentication = new Authentication({ token: 'secret', failuresMax: 10 });
    const settings = () => explainConfig(env);
    const app = createAdminServer({ authentication, servers: stores, openapi: '{}', settings });
    t.after(() => app.close());
    const answer = await app.inject({ url: '/admin/v1/settings', headers: { authorization: 'Bearer secret' } });
    return answer.json();
  };
  assert.equal((await read({})).grafanaUrl, null);
  const { grafanaUrl, settings } = await read({ GRAFANA_URL: 'https://grafana.example.com/base' });
  assert.equal(grafanaUrl, 'https://grafana.example.com/base');
  const { value, origin } = settings.find(({ name }: { name: string }) => name === 'GRAFANA_URL');
  assert.deepEqual({ value, origin }, { value: grafanaUrl, origin: 'environment' });
  assert.throws(() => explainConfig({ GRAFANA_URL: 'javascript:alert(1)' }), /GRAFANA_URL must be http/);
});
