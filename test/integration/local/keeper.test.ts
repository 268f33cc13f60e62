import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ToPrimary } from '../../../src/cluster/messages.ts';
import { startOf } from '../../../src/local/process-identity.ts';
import { testFolder } from '../../support/folder.ts';
import { waitFor, within } from '../../support/wait.ts';

const keeperFile = fileURLToPath(new URL('../../../workers/local-servers.js', import.meta.url));
/** The promise: 6 s after a kill -9 of the primary no process is left. */
const NOTHING_LEFT_WITHIN_MS = 6000;

/** A primary that does nothing but fork the keeper, and print its messages. */
const PRIMARY = `
  const keeper = require('node:child_process').fork(process.argv[1]);
  keeper.on('message', (message) => console.log(JSON.stringify({ keeperPid: keeper.pid, ...message })));
`;

function environment(t: TestContext): NodeJS.ProcessEnv & { COUPONRUSH_DATA_DIR: string } {
  const folder = testFolder('keeper');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, COUPONRUSH_DATA_DIR: folder, COUPONRUSH_LOG_LEVEL: 'silent' };
  delete (env as NodeJS.ProcessEnv).REDIS_URL;
  delete (env as NodeJS.ProcessEnv).MYSQL_URL;
  return env;
}

/** Pids of the two servers, as they wrote them down themselves. */
function serverPids(dataDir: string): number[] {
  return [join('redis', 'redis.pid'), join('mysql', 'mysql.pid')].map((file) =>
    Number(readFileSync(join(dataDir, file), 'utf8')),
  );
}

async function startKeeper(t: TestContext, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const keeper = fork(keeperFile, { env });
  t.after(() => void keeper.kill('SIGKILL'));
  for (;;) {
    const [message] = (await within(60_000, 'a message of the keeper', once(keeper, 'message'))) as [ToPrimary];
    if (message.type === 'ready') return keeper;
    if (message.type === 'failed') throw new Error(message.message);
  }
}

async function startPrimary(
  t: TestContext,
  env: NodeJS.ProcessEnv,
): Promise<{ primary: ChildProcess; keeperPid: number }> {
  const primary = spawn(process.execPath, ['-e', PRIMARY, keeperFile], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => void primary.kill('SIGKILL'));
  let printed = '';
  primary.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const ready = await waitFor(
    'the keeper is ready',
    () =>
      printed
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { keeperPid: number; type: string })
        .find((message) => message.type === 'ready'),
    { withinMs: 60_000 },
  );
  return { primary, keeperPid: ready.keeperPid };
}

test('the keeper stops both servers when it is asked to, and exits 0', async (t) => {
  const env = environment(t);
  const keeper = await startKeeper(t, env);
  const pids = serverPids(env.COUPONRUSH_DATA_DIR);
  keeper.send({ type: 'stop' });
  const [code] = await within(5000, 'the exit of the keeper', once(keeper, 'exit'));
  assert.equal(code, 0);
  assert.deepEqual(pids.map(startOf), [null, null]);
});

test('a Ctrl-C reaches neither the keeper nor its servers', async (t) => {
  const env = environment(t);
  const keeper = await startKeeper(t, env);
  // A group of that number exists only if the server leads it: this throws otherwise.
  for (const pid of serverPids(env.COUPONRUSH_DATA_DIR)) process.kill(-pid, 0);
  keeper.kill('SIGINT');
  // If the signal ended the keeper, it would be the reason of its exit.
  keeper.send({ type: 'stop' });
  const [code, signal] = await within(5000, 'the exit of the keeper', once(keeper, 'exit'));
  assert.deepEqual([code, signal], [0, null]);
});

test('nothing is left 6 s after a kill -9 of the primary, even if a server hangs', async (t) => {
  const env = environment(t);
  const { primary, keeperPid } = await startPrimary(t, env);
  const pids = [keeperPid, ...serverPids(env.COUPONRUSH_DATA_DIR)];
  process.kill(pids[2] as number, 'SIGSTOP');
  primary.kill('SIGKILL');
  await waitFor('keeper and servers are gone', () => pids.every((pid) => startOf(pid) === null), {
    withinMs: NOTHING_LEFT_WITHIN_MS,
  });
});

test('who starts while the servers of a killed primary are being stopped waits for them', async (t) => {
  const env = environment(t);
  const first = await startPrimary(t, env);
  const pids = serverPids(env.COUPONRUSH_DATA_DIR);
  first.primary.kill('SIGKILL');
  const next = await startKeeper(t, env);
  assert.deepEqual(pids.map(startOf), [null, null]);
  next.send({ type: 'stop' });
  await within(5000, 'the exit of the keeper', once(next, 'exit'));
});

test('servers left by a kill -9 of the keeper are stopped before their data are opened again', async (t) => {
  const env = environment(t);
  const keeper = await startKeeper(t, env);
  const [redis, mysql] = serverPids(env.COUPONRUSH_DATA_DIR) as [number, number];
  // Stopped processes don't hear the kernel's request to end: as if this system had no setpriv.
  process.kill(redis, 'SIGSTOP');
  process.kill(mysql, 'SIGSTOP');
  keeper.kill('SIGKILL');
  await within(5000, 'the end of the keeper', once(keeper, 'exit'));
  process.kill(redis, 'SIGCONT');
  const next = await startKeeper(t, env);
  assert.deepEqual([redis, mysql].map(startOf), [null, null]);
  next.send({ type: 'stop' });
  await within(5000, 'the exit of the keeper', once(next, 'exit'));
});
