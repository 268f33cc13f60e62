import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { endLeftoverProcesses, markOf } from '../../../src/cluster/leftover-processes.ts';
import { allPids, commandLineOf, parentOf, startOf } from '../../../src/local/process-identity.ts';
import { createLogger } from '../../../src/log.ts';
import { waitFor } from '../../support/wait.ts';

const log = createLogger('test', 'silent');
const ours = { port: 18080, dataDir: '/srv/couponrush data' };
const ended = spawnSync(process.execPath, ['--version']).pid;

/** A process with this title that does not end by itself. */
async function standing(t: TestContext, title: string, mark: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('bash', ['-c', 'exec -a "$0" sleep 600', title], { env: { ...process.env, ...mark } });
  t.after(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid as number;
  await waitFor('it has its title', () => commandLineOf(pid).startsWith(title));
  return pid;
}

/** As the primary would have written it that now is dead. */
const markOfDead = (of = ours) => ({ PRIMARY_MARK: `${ended} 1 ${of.port} ${of.dataDir}` });

test('what a dead primary of this port and folder left is given its time, and then ended', async (t) => {
  const titles = ['couponrush http 1', 'couponrush persister', 'couponrush admin', 'couponrush local-servers'];
  const pids = await Promise.all(titles.map((title) => standing(t, title, markOfDead())));
  const startMs = performance.now();
  await endLeftoverProcesses(ours, 300, log);
  assert.ok(performance.now() - startMs >= 300);
  assert.deepEqual(pids.map(startOf), [null, null, null, null]);
});

test('what a dead primary left and ends by itself is not killed, and not waited for longer', async (t) => {
  const pid = await standing(t, 'couponrush http 1', markOfDead());
  setTimeout(() => process.kill(pid, 'SIGTERM'), 100);
  const startMs = performance.now();
  await endLeftoverProcesses(ours, 60_000, log);
  assert.ok(performance.now() - startMs < 30_000);
  assert.equal(startOf(pid), null);
});

test('what is not proven to be a leftover of this installation is left alone', async (t) => {
  const http = 'couponrush http 1';
  const alive = markOf(ours);
  const foreign = await Promise.all([
    standing(t, http, alive),
    standing(t, http, markOfDead({ ...ours, port: 18081 })),
    standing(t, http, markOfDead({ ...ours, dataDir: '/srv/couponrush' })),
    standing(t, http, markOfDead({ ...ours, dataDir: '/srv/couponrush data/2' })),
    standing(t, http, {}),
    standing(t, 'redis-server *:6379', markOfDead()),
    standing(t, 'notcouponrush http 1', markOfDead()),
  ]);
  await endLeftoverProcesses(ours, 0, log);
  for (const pid of foreign) assert.notEqual(startOf(pid), null, commandLineOf(pid));
});

test(
  'the mark of a primary that runs ends its processes ' + 'only once it is gone, also if its pid is in use again',
  async (t) => {
    const other = spawn('sleep', ['600']);
    t.after(() => void other.kill('SIGKILL'));
    await once(other, 'spawn');
    const reused = { PRIMARY_MARK: `${other.pid} 1 ${ours.port} ${ours.dataDir}` };
    const pid = await standing(t, 'couponrush http 2', reused);
    await endLeftoverProcesses(ours, 0, log);
    assert.equal(startOf(pid), null);
    assert.notEqual(startOf(other.pid as number), null);
  },
);

const canUnshare = spawnSync('unshare', ['--fork', '--pid', 'true']).status === 0;

test('a process of a container, whose pids mean nothing here, is left alone', { skip: !canUnshare }, async (t) => {
  const script = 'exec -a "couponrush http 1" sleep 600';
  const options = ['--fork', '--pid', '--kill-child', 'bash', '-c', script];
  const outside = spawn('unshare', options, { env: { ...process.env, ...markOfDead() } });
  t.after(() => void outside.kill('SIGKILL'));
  const inside = await waitFor('it has its title', () =>
    allPids().find((pid) => parentOf(pid) === outside.pid && commandLineOf(pid).startsWith('couponrush')),
  );
  await endLeftoverProcesses(ours, 0, log);
  assert.notEqual(startOf(inside), null);
});
