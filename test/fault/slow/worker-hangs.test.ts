import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../../support/issue-client.ts';
import { runningFirst } from '../../support/preload-script.ts';
import { type Scene, type SceneOptions, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const LOOPS_ON_SIGNAL = runningFirst("process.on('SIGUSR2', () => { for (;;); });");
/** Heartbeat missed for 2 s, looked at every 0.25 s, and the sender's own beat every 0.5 s. */
const REPLACED_WITHIN_MS = 4000;

async function hang(t: TestContext, options: SceneOptions, makeHang: (pid: number) => void): Promise<void> {
  const scene: Scene = await startScene(t, options);
  const rush = scene.rush({ perSecond: 200, seconds: 6 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  const before = scene.app.pids('http');
  const [victim] = before as [number];
  const atMs = now();
  makeHang(victim);
  await waitFor('it is killed', () => !scene.app.pids('http').includes(victim), { withinMs: REPLACED_WITHIN_MS });
  const killedAfterMs = Math.round(now() - atMs);
  await waitFor('it is replaced', () => scene.app.pids('http').length === 2, { withinMs: 2000 });
  t.diagnostic(`killed ${killedAfterMs} ms after it began to hang`);
  assert.ok(killedAfterMs >= 1400, 'not before its heartbeat was missed');
  const history = await rush.done;
  const slow = history.filter(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs > REPLACED_WITHIN_MS);
  assert.deepEqual(slow, [], 'nobody waits longer than the watchdog');
  await scene.prove(history);
}

test('an HTTP worker that is stopped (SIGSTOP) is killed and replaced', async (t) => {
  await hang(t, { stock: 800 }, (pid) => process.kill(pid, 'SIGSTOP'));
});

test('an HTTP worker in an endless loop is killed and replaced', async (t) => {
  await hang(t, { stock: 800, env: LOOPS_ON_SIGNAL }, (pid) => process.kill(pid, 'SIGUSR2'));
});

/** Longer than a missed heartbeat may be. */
const STANDSTILL_MS = 3000;

test('when the primary, or the whole machine, stood still, nobody is taken for hung', async (t) => {
  const { app } = await startScene(t, { stock: 1 });
  const primary = app.primary.pid as number;
  const others = () => ['http', 'persister', 'admin'].flatMap((title) => app.pids(title));
  const before = others();
  assert.equal(before.length, 4);
  for (const stopped of [[primary], [primary, ...before]]) {
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    await sleep(STANDSTILL_MS);
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
    // Longer than a heartbeat, and than a process that is killed needs to be gone.
    await sleep(1000);
    assert.deepEqual(others(), before);
  }
  assert.doesNotMatch(app.output(), /hangs/);
});
