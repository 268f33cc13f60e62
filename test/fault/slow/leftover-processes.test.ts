import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issue } from '../../support/ask.ts';
import { testFolder } from '../../support/folder.ts';
import { runningFirst } from '../../support/preload-script.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const LOOP = "process.on('SIGUSR2', () => { for (;;) {} });";

test('processes that stand still when the primary is killed do not stop the next start on their port', async (t) => {
  const env = { COUPONRUSH_DATA_DIR: testFolder('leftovers'), ...runningFirst(LOOP) };
  const { app, couponId, startNode } = await startScene(t, { stock: 100, env });
  const [stopped = 0, busy = 0] = app.pids('http');
  const [persister = 0] = app.pids('persister');
  const standing = [stopped, busy, persister];
  process.kill(stopped, 'SIGSTOP');
  process.kill(persister, 'SIGSTOP');
  process.kill(busy, 'SIGUSR2');
  app.primary.kill('SIGKILL');
  await waitFor('the others have ended', () => app.pids('').length === standing.length);
  const next = await startNode({ port: app.port });
  assert.deepEqual(app.pids(''), []);
  assert.match(next.output(), new RegExp(`"pid":${stopped},"title":"couponrush http \\d"`));
  assert.equal((await issue(next.url, couponId, 1)).status, 201);
});
