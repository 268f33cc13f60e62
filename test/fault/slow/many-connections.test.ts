import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { type Spread, spreadOf } from '../../../src/spike/summary.ts';
import { holdIdle } from '../../support/idle-clients.ts';
import { askAtOnce } from '../../support/rush.ts';
import { startScene } from '../../support/scene.ts';

/**
 * A client of one process needs most of a second of processor time to make 2,000 connections; that is not the server's.
 * So the time counts from the moment at which all of them had begun.
 */
function waitsOf(history: readonly Attempt[]): Spread | null {
  const allBegunMs = Math.max(...history.map(({ startedAtMs }) => startedAtMs));
  return spreadOf(history.map(({ endedAtMs }) => Math.max(0, endedAtMs - allBegunMs)));
}

const IDLE_PROCESSES = 2;
const IDLE_EACH = 9000;
const ACTIVE = 2000;

test('2,000 connects at the same moment: none is refused, p99 within 1 s', async (t) => {
  const scene = await startScene(t, { stock: 1500 });
  const users = Array.from({ length: ACTIVE }, (_, index) => index + 1);
  const history = await askAtOnce({ port: scene.app.port, couponId: scene.couponId, freshShare: 1 }, users);
  const waits = waitsOf(history);
  t.diagnostic(`from the last connect to the answer: ${JSON.stringify(waits)} ms`);
  assert.deepEqual(
    history.filter(({ status }) => status === null),
    [],
    'none is refused',
  );
  await scene.prove(history);
  assert.ok(waits && waits.p99 <= 1000, `p99 ${waits?.p99} ms`);
});

test('18,000 idle connections and 2,000 active ones: none is refused, p99 within 1 s', async (t) => {
  const scene = await startScene(t, { stock: 1500 });
  const idle = await Promise.all(Array.from({ length: IDLE_PROCESSES }, () => holdIdle(t, scene.app.port, IDLE_EACH)));
  t.diagnostic(`idle: ${idle.map(({ opened, refused }) => `${opened} open, ${refused} refused`).join('; ')}`);
  const users = Array.from({ length: ACTIVE }, (_, index) => index + 1);
  const history = await askAtOnce({ port: scene.app.port, couponId: scene.couponId, freshShare: 1 }, users);
  const waits = waitsOf(history);
  t.diagnostic(`from the last connect to the answer: ${JSON.stringify(waits)} ms`);
  assert.ok(idle.every(({ refused }) => refused === 0));
  assert.deepEqual(
    history.filter(({ status }) => status === null),
    [],
    'none is refused',
  );
  await scene.prove(history);
  assert.ok(waits && waits.p99 <= 1000, `p99 ${waits?.p99} ms`);
});
