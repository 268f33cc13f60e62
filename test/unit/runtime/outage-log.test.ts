import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../src/log.ts';
import { OutageLog } from '../../../src/runtime/outage-log.ts';

function scene() {
  const lines: Record<string, unknown>[] = [];
  let nowMs = 0;
  const log = createLogger('test', 'info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const outage = new OutageLog('MySQL', log, () => nowMs);
  return {
    outage,
    failAt(ms: number, code = 'ECONNREFUSED') {
      nowMs = ms;
      outage.failed(code, 'no connection');
    },
    succeedAt(ms: number) {
      nowMs = ms;
      outage.succeeded();
    },
    said: () => lines.map(({ msg, code, awayMs, failures }) => [msg, code, awayMs, failures]),
  };
}

test('an outage is a line when it begins, one every 10 s, and one when it ends', () => {
  const { outage, failAt, succeedAt, said } = scene();
  for (let ms = 0; ms <= 12_000; ms += 1000) failAt(ms);
  assert.equal(outage.away, true);
  succeedAt(12_500);
  assert.equal(outage.away, false);
  assert.deepEqual(said(), [
    ['MySQL fails, trying again', 'ECONNREFUSED', 0, 1],
    ['MySQL fails, trying again', 'ECONNREFUSED', 10_000, 11],
    ['MySQL works again', undefined, 12_500, 13],
  ]);
});

test('success without an outage is not said', () => {
  const { outage, succeedAt, said } = scene();
  succeedAt(1);
  succeedAt(2);
  assert.equal(outage.away, false);
  assert.deepEqual(said(), []);
});

test('the next outage is said at once, with its own duration and count', () => {
  const { failAt, succeedAt, said } = scene();
  failAt(0);
  succeedAt(100);
  failAt(200, 'ETIMEDOUT');
  failAt(300, 'ETIMEDOUT');
  succeedAt(350);
  assert.deepEqual(said().slice(2), [
    ['MySQL fails, trying again', 'ETIMEDOUT', 0, 1],
    ['MySQL works again', undefined, 150, 2],
  ]);
});
