import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { spreadOf } from '../../../src/spike/summary.ts';
import { residentMb } from '../../support/process-memory.ts';
import { startScene } from '../../support/scene.ts';

// Capacity is set by a round trip to Redis of 100 ms, and ten users a batch: 1 connection x 10 users / 0.1 s. One
// worker: the kernel deals connections to several unevenly, so one of them is not full yet when another one sheds.
const ROUND_TRIP_MS = 100;
const NOMINAL_PER_SECOND = 100;
const SECONDS = 5;
/** Of each phase, until it has settled. */
const RAMP_MS = 1000;
const MEMORY_GROWTH_MAX_MB = 60;

interface Phase {
  readonly goodput: number;
  readonly acceptedP99Ms: number;
  readonly shedP99Ms: number;
}

function measure(history: readonly Attempt[]): Phase {
  const fromMs = Math.min(...history.map(({ startedAtMs }) => startedAtMs)) + RAMP_MS;
  const toMs = Math.max(...history.map(({ startedAtMs }) => startedAtMs));
  const settled = history.filter(({ startedAtMs }) => startedAtMs >= fromMs && startedAtMs <= toMs);
  const p99 = (status: number) =>
    spreadOf(settled.filter((attempt) => attempt.status === status).map((a) => a.endedAtMs - a.startedAtMs))?.p99 ?? 0;
  const granted = settled.filter(({ status }) => status === 201).length;
  return { goodput: (granted * 1000) / (toMs - fromMs), acceptedP99Ms: p99(201), shedP99Ms: p99(503) };
}

test('overload of 2x and 10x, open loop: goodput stays, the excess is shed at once, memory is flat', async (t) => {
  const scene = await startScene(t, {
    stock: 1_000_000,
    redisProxy: true,
    env: {
      WORKERS: '1',
      COUPONRUSH_REDIS_CONNECTIONS: '1',
      COUPONRUSH_BATCH_USERS_MAX: '10',
      COUPONRUSH_QUEUE_DELAY_MAX_MS: '150',
    },
  });
  const history: Attempt[] = [];
  let firstUser = 1;
  const phase = async (perSecond: number): Promise<Phase> => {
    const rush = scene.rush({ perSecond, seconds: SECONDS, firstUser, freshShare: 0 });
    firstUser += perSecond * SECONDS;
    const attempts = await rush.done;
    history.push(...attempts);
    return measure(attempts);
  };
  // Scripts are known to Redis, connections are open.
  await phase(50);
  scene.redisProxy.latency(ROUND_TRIP_MS);
  const capacity = (await phase(NOMINAL_PER_SECOND * 1.5)).goodput;
  const workers = scene.app.pids('http');
  const before = workers.map(residentMb);
  const below = await phase(Math.round(capacity * 0.8));
  const twice = await phase(Math.round(capacity * 2));
  const tenfold = await phase(Math.round(capacity * 10));
  const growth = workers.map((pid, index) => residentMb(pid) - (before[index] as number));
  const tell = (name: string, { goodput, acceptedP99Ms, shedP99Ms }: Phase) =>
    t.diagnostic(
      `${name}: goodput ${Math.round(goodput)}/s (${Math.round((goodput / capacity) * 100)} % of capacity), ` +
        `accepted p99 ${Math.round(acceptedP99Ms)} ms, shed p99 ${Math.round(shedP99Ms)} ms`,
    );
  t.diagnostic(`capacity ${Math.round(capacity)}/s`);
  tell('0.8x', below);
  tell('2x', twice);
  tell('10x', tenfold);
  t.diagnostic(`memory of the workers grew by ${growth.map((mb) => `${Math.round(mb)} MB`).join(' and ')}`);
  await scene.redisProxy.heal();
  await scene.prove(history);
  assert.ok(twice.goodput >= capacity * 0.9, 'goodput at 2x');
  assert.ok(tenfold.goodput >= capacity * 0.7, 'goodput at 10x');
  for (const over of [twice, tenfold]) {
    assert.ok(over.acceptedP99Ms <= below.acceptedP99Ms * 2, `accepted p99 ${over.acceptedP99Ms} ms`);
    assert.ok(over.shedP99Ms <= 50, `shed p99 ${over.shedP99Ms} ms`);
  }
  assert.ok(
    growth.every((mb) => mb < MEMORY_GROWTH_MAX_MB),
    'memory is flat',
  );
});
