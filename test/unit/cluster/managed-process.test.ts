import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { test } from 'node:test';
import { ManagedProcess } from '../../../src/cluster/managed-process.ts';
import { createLogger } from '../../../src/log.ts';
import { MetricsHub } from '../../../src/metrics/hub.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { waitFor } from '../../support/wait.ts';

function manage(fork: (attempt: number) => ChildProcess, steadyMs = 60_000) {
  let attempts = 0;
  const { registry, workers } = createMetrics();
  const hopeless: string[] = [];
  const process = new ManagedProcess({
    title: 'test',
    fork: () => fork(++attempts),
    log: createLogger('test', 'silent'),
    hub: new MetricsHub(registry),
    metrics: workers,
    onHopeless: (reason) => hopeless.push(reason),
    heartbeat: false,
    steadyMs,
  });
  return { process, hopeless, attempts: () => attempts };
}

const started = () => spawn('sleep', ['60'], { stdio: 'ignore' });

for (const [how, fail] of [
  ['tells an error and no exit', () => spawn('/nowhere/to/be/found')],
  [
    'throws',
    () => {
      throw new Error('spawn ENOMEM');
    },
  ],
] as const) {
  test(`a process that the system does not give is tried again: spawn ${how}`, async () => {
    const { process, hopeless, attempts } = manage((attempt) => (attempt < 4 ? fail() : started()));
    process.start();
    await waitFor('the fourth try has one', () => attempts() === 4 && process.running);
    assert.deepEqual(hopeless, []);
    process.stop(0);
    process.kill();
    assert.equal(await process.gone(5000), true);
  });
}

/** A child that says at once that it is ready, and lives until it is killed. */
function ready(): ChildProcess {
  const program = "process.send({ type: 'ready' }); setInterval(() => {}, 1000);";
  return spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}

for (const [steadyMs, expected] of [
  [0, 'at once'],
  [60_000, 'after the first backoff'],
] as const) {
  test(`a process that was ready for ${steadyMs} ms or more is replaced at once: here ${expected}`, async () => {
    let children = 0;
    let last: ChildProcess | undefined;
    let endedMs = 0;
    let replacedMs = 0;
    const { process: managed } = manage(() => {
      children += 1;
      if (children === 2) replacedMs = performance.now();
      last = ready();
      last.once('exit', () => {
        endedMs ||= performance.now();
      });
      return last;
    }, steadyMs);
    managed.start();
    assert.equal(managed.struggles, false);
    await waitFor('it is ready', () => managed.ready);
    managed.kill();
    await waitFor('it is replaced', () => children === 2);
    const waitedMs = replacedMs - endedMs;
    assert.ok(steadyMs === 0 ? waitedMs < 50 : waitedMs > 90, `${waitedMs} ms`);
    managed.stop(0);
    managed.kill();
    await managed.gone(5000);
  });
}
