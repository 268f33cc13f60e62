import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../../support/ask.ts';
import { type Installation, installation, type Started } from '../../support/npm-start.ts';
import { freshDatabase, type Scope, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

/** A stop takes less. */
const NOTHING_LEFT_WITHIN_MS = 8000;
/** Four looks of a primary at its parents. */
const LOOKS_MS = 1000;

async function place(t: Scope, env: Readonly<Record<string, string>> = {}): Promise<Installation> {
  return installation(t, { REDIS_URL: (await startRedis(t)).url, MYSQL_URL: await freshDatabase(t), ...env });
}

async function nothingIsLeft({ processes }: Installation, how: string): Promise<void> {
  await waitFor(`nothing is left after ${how}`, () => processes().length === 0, { withinMs: NOTHING_LEFT_WITHIN_MS });
}

function shellOf({ processes }: Installation): number {
  const shell = processes().find(({ title }) => title.startsWith('sh -c'));
  assert.ok(shell, 'npm runs the script in a shell');
  return shell.pid;
}

test('npm start that is ended by its parent leaves nothing running, and the next start works', async (t) => {
  const here = await place(t);
  const ways: [string, (started: Started) => void][] = [
    ['kill -9 of npm', ({ parent }) => parent.kill('SIGKILL')],
    ['SIGTERM to npm', ({ parent }) => parent.kill('SIGTERM')],
    ['SIGTERM to its shell', () => process.kill(shellOf(here), 'SIGTERM')],
    ['a closed terminal', ({ parent }) => process.kill(-(parent.pid as number), 'SIGHUP')],
  ];
  for (const [how, end] of ways) {
    const started = here.start();
    await started.ready();
    assert.equal((await request(here.url, '/readyz')).status, 200);
    end(started);
    await nothingIsLeft(here, how);
  }
});

test('npm start whose output has no reader any more leaves nothing running', async (t) => {
  const here = await place(t);
  const { parent, output } = here.start();
  await waitFor('it has begun', () => output().includes('checking Redis, MySQL and the schema'), { withinMs: 60_000 });
  parent.stdout?.destroy();
  parent.stderr?.destroy();
  await nothingIsLeft(here, 'a closed pipe');
});

test('couponrush start ends in order after SIGTERM, also if its output has no reader any more', async (t) => {
  const here = await place(t);
  const started = here.start(['node', 'bin/cli.mjs', 'start']);
  await started.ready();
  started.parent.stdout?.destroy();
  started.parent.stderr?.destroy();
  started.parent.kill('SIGTERM');
  const [code] = await once(started.parent, 'exit');
  assert.equal(code, 0);
  assert.deepEqual(here.processes(), []);
});

test('a server that was not started by npm start outlives its parent', async (t) => {
  // Within another script of npm, to be the harder case.
  const here = await place(t, { npm_lifecycle_event: 'e2e' });
  const started = here.start(['sh', '-c', 'node bin/start.mjs; true']);
  await started.ready();
  started.parent.kill('SIGKILL');
  await sleep(LOOKS_MS);
  assert.equal((await request(here.url, '/readyz')).status, 200);
  const primary = here.processes().find(({ title }) => title === 'couponrush primary');
  process.kill(primary?.pid as number, 'SIGTERM');
  await nothingIsLeft(here, 'SIGTERM to the primary');
});
