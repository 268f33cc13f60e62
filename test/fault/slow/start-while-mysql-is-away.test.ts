// A node that is started while MySQL is unreachable serves what Redis has verified: a deploy or a crash in an outage of
// MySQL does not end issuing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminAnswers } from '../../support/admin-answers.ts';
import type { App } from '../../support/app.ts';
import { startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';

async function mysqlCheck(app: App): Promise<string> {
  const { checks } = (await (await fetch(`${app.url}/readyz`)).json()) as { checks: { mysql: string } };
  return checks.mysql;
}

test('restarted while MySQL is down: issues on, and the rows, the admin API and the schema follow', async (t) => {
  const scene = await startScene(t, { stock: 2000, mysql: {} });
  const { redis } = scene.stores;
  const before = scene.rush({ perSecond: 200, seconds: 0.5 });
  const first = await before.done;
  scene.app.primary.kill('SIGKILL');
  await scene.app.exited(5000);
  await scene.mysql.kill();

  const node = await scene.startNode();
  assert.match(node.output(), /MySQL at 127\.0\.0\.1:\d+ can't be reached: the connection was refused/);
  assert.match(node.output(), /starting 2 HTTP workers on a verified Redis/);
  const during = scene.rush({ port: node.port, perSecond: 200, seconds: 2, firstUser: 1001 });
  await waitFor('coupons are issued', () => during.granted > 100);
  assert.match(await mysqlCheck(node), /^unreachable: issuing goes on/);
  const up = (await scrape(node.metricsUrl)).text;
  assert.match(up, /couponrush_worker_up\{[^}]*persister[^}]*\} 0/);
  const second = await during.done;
  assert.equal(second.filter(({ status }) => status !== 201).length, 0);
  assert.deepEqual(node.pids('persister'), [], 'nothing reads the outbox before the schema is known');
  assert.equal(await adminAnswers(node), false);
  assert.match(node.output(), /waiting, \d+ s so far, issuing goes on: MySQL at/);

  await scene.mysql.restart();
  await waitFor('the admin API is there', () => adminAnswers(node), { withinMs: 15_000 });
  await scene.prove([...first, ...second], { url: node.url });
  assert.equal(await node.stop(), 0);
  assert.equal(await redis.xlen(`coupon:${scene.couponId}:dead`), 0);
});
