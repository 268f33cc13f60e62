import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { serveMetrics } from '../../../src/metrics/server.ts';
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
