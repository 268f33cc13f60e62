// The engine on node:http under a real crowd, beside the raw requests of test/integration/http/malformed-
// requests.test.ts: a burst of fresh connections whose every answer is checked, what the server says of its engine, and
// the bounds that node:http does not have by itself.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { preloadCoupon } from '../../src/coupons/preload.ts';
import { issue } from '../support/ask.ts';
import { newCoupon } from '../support/coupon-stores.ts';
import { post, raw } from '../support/malformed-requests.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

/** Of the burst's coupon; another one is asked for in what follows. */
const STOCK = 300;
const USERS = 600;

test('a burst on node:http is exact, and the server says which engine serves', async (t) => {
  const scene = await startScene(t, { stock: STOCK, env: { HTTP_ENGINE: 'node' } });
  const { app } = scene;
  const history = await scene.rush({ perSecond: USERS / 2, seconds: 2 }).done;
  const proof = await scene.prove(history);
  assert.equal(proof.granted, STOCK);

  const openCoupon = await newCoupon(scene.stores.database, 1000);
  await preloadCoupon(scene.stores, openCoupon);
  const path = `/api/v2/me/coupons/${openCoupon}/issue`;

  const { checks } = (await (await fetch(`${app.url}/readyz`)).json()) as { checks: Record<string, string> };
  assert.equal(checks.http, 'node:http, slower than uWebSockets.js: HTTP_ENGINE=node');
  assert.match(app.output(), /^couponrush: HTTP by node:http and not by uWebSockets\.js .+: HTTP_ENGINE=node$/m);
  const metrics = async () => (await fetch(app.metricsUrl)).text();
  await waitFor('the metric names it', async () =>
    (await metrics()).includes('couponrush_http_engine{engine="node",chosen="setting"} 1'),
  );

  await t.test(
    'a second request before the answer of the first closes the connection, and is not executed',
    async () => {
      const both = post(path, 'Commerce-User-Id: 900001') + post(path, 'Commerce-User-Id: 900002');
      const { closed, answers } = await sendRaw(app.port, both, 1000);
      assert.equal(closed, true);
      assert.deepEqual(answers, []);
      // The first one was with Redis already.
      const holds = await fetch(`${app.url}${path.replace('/issue', '')}`, {
        headers: { 'Commerce-User-Id': '900002' },
      });
      assert.equal(holds.status, 404);
    },
  );

  await t.test('requests in one packet that are answered at once are answered in their order', async () => {
    const { answers, closed } = await sendRaw(app.port, raw('GET /livez HTTP/1.1') + raw('GET /x HTTP/1.1'), 1000);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404],
    );
    assert.equal(closed, false);
  });

  await t.test('behind an answer that closes nothing is read', async () => {
    const closing = raw('GET /livez HTTP/1.1', 'Connection: close');
    const { answers, closed } = await sendRaw(app.port, closing + raw('GET /livez HTTP/1.1'), 1000);
    assert.equal(answers.length, 1);
    assert.equal(closed, true);
  });

  await t.test(
    'garbage behind a request in flight leaves it without an answer, never with a refusal (I5)',
    async () => {
      const { answers, closed } = await sendRaw(app.port, `${post(path, 'Commerce-User-Id: 900003')}\0\0\0`, 1000);
      assert.equal(closed, true);
      assert.deepEqual(answers, []);
    },
  );

  await t.test('a client that leaves before its answer is counted, and the worker lives on', async () => {
    const workers = app.pids('http');
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const socket = connect(app.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.write(post(path, `Commerce-User-Id: ${910_000 + index}`));
        await new Promise((resolve) => setTimeout(resolve, index % 7));
        if (index % 2 === 0) socket.resetAndDestroy();
        else socket.end();
      }),
    );
    assert.equal((await issue(app.url, scene.couponId, 920_000)).code, 'OUT_OF_STOCK_COUPON');
    assert.deepEqual(app.pids('http'), workers);
  });
  assert.equal(await app.stop(), 0);
});
