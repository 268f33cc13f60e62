import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { test } from 'node:test';
import { ManagedProcess } from '../../../src/cluster/managed-process.ts';
import { createLogger } from '../../../src/log.ts';
import { MetricsHub } from '../../../src/metrics/hub.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { waitFor } from '../../support/wait.ts';

function manage(fork: (attempt: number) => ChildProcess) {
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
