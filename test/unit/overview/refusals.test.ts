import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CLAIMS_HEADER } from '../../../src/claims-header.ts';
import { serveMetrics } from '../../../src/metrics/server.ts';
import { readServerMetrics } from '../../../src/overview/live/server-metrics.ts';
import { readRefusals } from '../../../src/overview/refusals.ts';
import { freePort } from '../../support/free-port.ts';

async function publish(t: TestContext, claims: readonly string[]): Promise<string> {
  const text = 'couponrush_decisions_total{coupon="2",outcome="sold_out"} 777777';
  const port = await freePort();
  const server = await serveMetrics('127.0.0.1', port, async () => ({ text, claims }));
  t.after(() => server.close());
  return `http://127.0.0.1:${port}/metrics`;
}

test('counters are believed only from a server that names the claim of our Redis', async (t) => {
  const cases: [string[], string | null, boolean][] = [
    [['ours'], 'ours', true],
    [['older', 'ours'], 'ours', true],
    [['theirs'], 'ours', false],
    // Before its gate has proven anything; anything else that answers at this port looks the same.
    [[], 'ours', false],
    [['theirs', 'ours-too'], 'ours', false],
    [['ours'], null, false],
  ];
  for (const [claims, claim, believed] of cases) {
    const refusals = await readRefusals(await publish(t, claims), claim, 2);
    const expected = believed ? { decided: { sold_out: 777777 }, answeredByWorkers: {} } : null;
    assert.deepEqual(refusals, expected, `${claims} for ${claim}`);
  }
});

async function answerWith(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader(CLAIMS_HEADER, 'ours');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

test('what names our claim and answers without end, elsewhere, or never, is given up within its bounds', async (t) => {
  let sent = 0;
  const endless = await answerWith(t, (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(100_000))) sent += 100_000;
    };
    response.on('drain', more);
    more();
  });
  let asked = 0;
  const elsewhere = await answerWith(t, (_request, response) => {
    asked += 1;
    response.end('couponrush_decisions_total{coupon="2",outcome="sold_out"} 1');
  });
  const redirect = await answerWith(t, (_request, response) => response.writeHead(302, { location: elsewhere }).end());
  const silent = await answerWith(t, (_request, response) => response.write('couponrush_up 1'));
  const startedMs = performance.now();
  for (const url of [endless, redirect, silent]) {
    assert.equal(await readRefusals(url, 'ours', 2), null, url);
    await assert.rejects(readServerMetrics(url, 'ours'), url);
  }
  assert.equal(asked, 0, 'a redirect is not followed');
  // 4 MB each time, and what the buffers of the connections hold.
  assert.ok(sent < 64e6, `${sent} bytes were taken`);
  assert.ok(performance.now() - startedMs < 15_000);
});
