import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now } from '../support/issue-client.ts';
import { startScene } from '../support/scene.ts';
import { waitFor, within } from '../support/wait.ts';

/** Loading them takes Redis some hundred milliseconds: it is met while it loads. */
const OTHER_KEYS = 200_000;
const FILL = `for key = 1, ${OTHER_KEYS} do redis.call('SET', 'other:' .. key, key) end`;

for (const appendfsync of ['always', 'everysec', 'no']) {
  test(`kill -9 of Redis in the spike, back after 1 s, loses no grant (appendfsync ${appendfsync})`, async (t) => {
    const stock = 600;
    const scene = await startScene(t, { stock, redis: { settings: { appendfsync } } });
    const { server, redis } = scene.stores;
    await redis.eval(FILL, 0);
    const rush = scene.rush({ perSecond: 300, seconds: 6 });
    await waitFor('the rush is under way', () => rush.granted > 200);
    const killedMs = now();
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const startingMs = now();
    await server.restart();
    const backMs = now();
    const first = await within(5000, 'a coupon is granted again', rush.nextGrant());
    const history = await rush.done;
    const away = history.filter(({ startedAtMs }) => startedAtMs > killedMs + 100 && startedAtMs < startingMs - 100);
    const slowest = Math.max(...away.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs));
    const backAfterMs = Math.round(first.endedAtMs - backMs);
    t.diagnostic(
      `first grant ${backAfterMs} ms after Redis was back; ${away.length} ` +
        `requests while away, slowest ${Math.round(slowest)} ms`,
    );
    const proof = await scene.prove(history);
    assert.equal(proof.rows, stock, 'the stock is issued exactly');
    assert.deepEqual(new Set(away.map(({ status }) => status)), new Set([503]), 'while Redis is away: 503');
    const quick = away.filter(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs <= 50).length;
    assert.ok(quick >= away.length * 0.99, `${away.length - quick} of ${away.length} took more than 50 ms`);
    assert.ok(backAfterMs <= 1000, `first success ${backAfterMs} ms after Redis was back`);
  });
}
