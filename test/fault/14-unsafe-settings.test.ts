import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

test('14 settings that break a promise are said at the start, on /readyz and as a metric; strict mode refuses', async (t) => {
  const scene = await startScene(t, {
    stock: 300,
    redis: { settings: { appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' } },
    mysql: { settings: ['--innodb-flush-log-at-trx-commit=2'] },
  });
  for (const name of ['appendonly', 'maxmemory-policy', 'innodb_flush_log_at_trx_commit']) {
    assert.match(scene.app.output(), new RegExp(`has ${name} = `), 'at the start');
  }
  const isShown = async (url: string, text: RegExp) => text.test(await (await fetch(url)).text());
  await waitFor('it is on /readyz', () => isShown(`${scene.app.url}/readyz`, /unsafe: .*maxmemory-policy=allkeys-lru/));
  await waitFor('it is a metric', () =>
    isShown(scene.app.metricsUrl, /unsafe_setting\{setting="maxmemory_policy"\} 1/),
  );
  const strict = await scene.startNode({ env: { STRICT_DURABILITY: 'true' }, impatient: true });
  assert.equal(await strict.exited(10_000), 1);
  assert.match(strict.output(), /innodb_flush_log_at_trx_commit/);
  const rush = scene.rush({ perSecond: 200, seconds: 2 });
  await scene.prove(await rush.done);
});
