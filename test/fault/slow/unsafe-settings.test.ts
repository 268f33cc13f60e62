import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../support/app.ts';
import { openStores } from '../../support/coupon-stores.ts';
import { startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';

const UNSAFE = { appendfsync: 'everysec', 'maxmemory-policy': 'allkeys-lru' };

test('unsafe settings are said at the start, on /readyz and as a metric; the server runs', async (t) => {
  const { app, stores } = await startScene(t, { stock: 10, redis: { settings: UNSAFE } });
  assert.match(app.output(), /Redis has appendfsync = everysec instead of always/);
  assert.match(app.output(), /Redis has maxmemory-policy = allkeys-lru instead of noeviction/);
  await waitFor('/readyz tells', async () => {
    const { checks } = (await (await fetch(`${app.url}/readyz`)).json()) as { checks: { settings: string } };
    return checks.settings === 'unsafe: maxmemory-policy=allkeys-lru appendfsync=everysec';
  });
  const unsafe = async (setting: string) =>
    (await scrape(app.metricsUrl)).sum('couponrush_unsafe_setting', { setting });
  await waitFor('the metric tells', async () => (await unsafe('appendfsync')) === 1);
  assert.equal(await unsafe('maxmemory_policy'), 1);
  assert.equal(await unsafe('appendonly'), 0);
  assert.equal(await unsafe('innodb_flush_log_at_trx_commit'), 0);
  // Mended while it runs.
  await stores.redis.config('SET', 'appendfsync', 'always');
  await waitFor('the metric follows', async () => (await unsafe('appendfsync')) === 0, { withinMs: 15_000 });
});

test('STRICT_DURABILITY refuses to start on unsafe settings, and says which', async (t) => {
  const { server, redis, mysqlUrl } = await openStores(t);
  await redis.config('SET', 'appendonly', 'no');
  const app = await startApp(t, {
    redisUrl: server.url,
    mysqlUrl,
    env: { STRICT_DURABILITY: 'true' },
    impatient: true,
  });
  assert.equal(await app.exited(20_000), 1);
  assert.match(app.output(), /STRICT_DURABILITY is set, and Redis has appendonly = no instead of yes/);
});
