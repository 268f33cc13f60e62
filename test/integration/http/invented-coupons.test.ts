// Attack 11: whoever asks for coupons that do not exist makes neither series in the metrics nor keys in Redis.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../support/app.ts';
import { issue } from '../../support/ask.ts';
import { scrape } from '../../support/scrape.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const COUPONS = 1000;
const AT_ONCE = 50;

test('a thousand invented coupons leave no label and no key', async (t) => {
  const redis = await startRedis(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl: await freshDatabase(t) });
  const keys = async () => ((await redis.cli('KEYS', '*')) as string[]).sort();
  const before = await keys();
  for (let first = 1000; first < 1000 + COUPONS; first += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => issue(app.url, first + index, 7)));
    for (const { code } of answers) assert.equal(code, 'NOT_FOUND_COUPON');
  }
  assert.equal((await issue(app.url, 1, 7)).status, 201);
  // What the processes counted is told once a second.
  const { text } = await waitFor('the metrics know of the requests', async () => {
    const seen = await scrape(app.metricsUrl);
    return seen.sum('couponrush_decisions_total', { coupon: '1', outcome: 'granted' }) === 1 ? seen : null;
  });
  const labels = new Set([...text.matchAll(/\bcoupon="([^"]*)"/g)].map(([, label]) => label));
  assert.deepEqual([...labels], ['1']);
  const added = (await keys()).filter((key) => !before.includes(key) && !/^(issue:coupon|coupon):1\b/.test(key));
  assert.deepEqual(added, []);
});
