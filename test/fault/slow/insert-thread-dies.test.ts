import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { holdInserts } from '../../support/held-insert.ts';
import { runningFirst } from '../../support/preload-script.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const ORDERS = ['die-1', 'die-2'];

/**
 * Each insert thread looks for a file that tells it to do this, and takes it away first: one thread a file. As many
 * files as threads, because the idle one may be the first to look, and its death is noticed by nobody.
 */
function onOrder(folder: string, what: string): string {
  return `
    import { isMainThread } from 'node:worker_threads';
    import { rmSync } from 'node:fs';
    if (!isMainThread) setInterval(() => {
      const taken = ${JSON.stringify(ORDERS.map((order) => join(folder, order)))}.some((order) => {
        try { rmSync(order); return true; } catch { return false; }
      });
      if (!taken) return;
      ${what}
    }, 20).unref();`;
}

async function die(t: TestContext, what: string, deaths: RegExp): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'couponrush-thread-'));
  t.after(async () => rmSync(folder, { recursive: true, force: true }));
  const scene = await startScene(t, { stock: 1000, mysql: {}, env: runningFirst(onOrder(folder, what)) });
  const [persister] = scene.app.pids('persister');
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  for (let round = 1; round <= 2; round++) {
    await waitFor('the rush goes on', () => rush.granted > round * 200);
    const held = await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
    await held.reached();
    for (const order of ORDERS) writeFileSync(join(folder, order), '');
    await waitFor('a thread has died in its batch', () => (scene.app.output().match(deaths) ?? []).length >= round);
    const rows = await scene.countRows();
    await held.release();
    // An outage is said once: the next death is another one only after rows were written.
    await waitFor('rows are written again', async () => (await scene.countRows()) > rows);
  }
  const proof = await scene.prove(await rush.done);
  assert.equal(proof.rows, 1000);
  assert.deepEqual(scene.app.pids('persister'), [persister], 'the persister itself lives on');
}

test('an insert thread that exits in a batch leaves it to another thread', async (t) => {
  await die(t, 'process.exit(3);', /INSERT_THREAD_LOST|an insert thread died/g);
});

test('an insert thread that runs out of memory in a batch leaves it to another thread', async (t) => {
  await die(
    t,
    'const all = []; for (;;) all.push(new Array(100000).fill(all.length));',
    /INSERT_THREAD_LOST|an insert thread died/g,
  );
});
