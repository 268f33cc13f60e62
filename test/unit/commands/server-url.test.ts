import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { metricsUrl, serverUrl } from '../../../src/commands/stores.ts';
import { loadConfig } from '../../../src/config.ts';
import { writeRuntime } from '../../../src/local/runtime-file.ts';
import { testFolder } from '../../support/folder.ts';

const stores = { redisUrl: 'redis://127.0.0.1:7001', mysqlUrl: 'mysql://127.0.0.1:7002/c', mysqlMigrationUrl: null };
const tls = { TLS_CERT_FILE: '/cert.pem', TLS_KEY_FILE: '/key.pem' };
const trusted = { TRUST_GATEWAY: 'true' };

test('the server of the folder is asked if it runs, else the one that the settings would start', () => {
  const folder = testFolder('server-url');
  const urlWith = (env: NodeJS.ProcessEnv) => serverUrl(loadConfig({ COUPONRUSH_DATA_DIR: folder, ...env }));
  const settings: [NodeJS.ProcessEnv, string][] = [
    [{}, 'http://127.0.0.1:8080'],
    [{ PORT: '9000' }, 'http://127.0.0.1:9000'],
    [{ PORT: '9000', HOST: '::1' }, 'http://[::1]:9000'],
    [{ HOST: '0.0.0.0', ...trusted }, 'http://127.0.0.1:8080'],
    [{ HOST: '::', ...trusted, ...tls }, 'https://[::1]:8080'],
    [{ PORT: '8443', ...tls }, 'https://127.0.0.1:8443'],
  ];
  for (const [env, url] of settings) assert.equal(urlWith(env), url);

  writeRuntime(folder, { ...stores, url: 'https://[::1]:7000' });
  assert.equal(urlWith({ PORT: '9000' }), 'https://[::1]:7000');

  const file = join(folder, 'runtime.json');
  const dead = { ...JSON.parse(readFileSync(file, 'utf8')), pid: spawnSync(process.execPath, ['--version']).pid };
  writeFileSync(file, JSON.stringify(dead));
  for (const [env, url] of settings) assert.equal(urlWith(env), url);
});

test('counters are read from the server of the folder, whatever METRICS_PORT this shell has', () => {
  const folder = testFolder('metrics-url');
  const urlWith = (env: NodeJS.ProcessEnv) => metricsUrl(loadConfig({ COUPONRUSH_DATA_DIR: folder, ...env }));
  assert.equal(urlWith({}), 'http://127.0.0.1:9464/metrics');
  assert.equal(urlWith({ METRICS_HOST: '::1', METRICS_PORT: '9000' }), 'http://[::1]:9000/metrics');
  assert.equal(urlWith({ METRICS_PORT: '0' }), null);
  const url = 'http://127.0.0.1:7000';
  for (const written of ['http://127.0.0.1:28090/metrics', null]) {
    writeRuntime(folder, { ...stores, url, metricsUrl: written });
    for (const METRICS_PORT of ['9464', '9000', '0']) assert.equal(urlWith({ METRICS_PORT }), written);
  }
  writeRuntime(folder, { ...stores, url });
  assert.equal(urlWith({ METRICS_PORT: '9000' }), 'http://127.0.0.1:9000/metrics', 'of an older version');
});
