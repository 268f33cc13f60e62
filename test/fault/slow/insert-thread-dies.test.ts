import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outcomeOf } from '../../../src/history/attempt.ts';
import { holdInserts } from '../../support/held-insert.ts';
import { runningFirst } from '../../support/preload-script.ts';
import { startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
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

async function die(t: TestContext, what: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'couponrush-thread-'));
  t.after(async () => rmSync(folder, { recursive: true, force: true }));
  const scene = await startScene(t, { stock: 1000, mysql: {}, env: runningFirst(onOrder(folder, what)) });
  const [persister] = scene.app.pids('persister');
  // Not by the log, which names the first failure of an outage alone: a thread may die after MySQL has committed its
  // batch, so that rows are written before the outage is over.
  const lost = async () =>
    (await scrape(scene.app.metricsUrl)).sum('couponrush_insert_retries_total', { reason: 'thread_lost' });
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  for (let round = 1; round <= 2; round++) {
    await waitFor('the rush goes on', () => rush.granted > round * 200);
    const held = await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
    await held.reached();
    const before = await lost();
    for (const order of ORDERS) writeFileSync(join(folder, order), '');
    await waitFor('a thread has died in its batch', async () => (await lost()) > before, { withinMs: 20_000 });
    const rows = await scene.countRows();
    await held.release();
    await waitFor('rows are written again', async () => (await scene.countRows()) > rows);
  }
  const history = await rush.done;
  const proof = await scene.prove(history);
  // Threads that fill their memory leave little of the machine: some requests may be refused, and none may be lost.
  assert.equal(proof.rows, history.filter((attempt) => outcomeOf(attempt) === 'granted').length);
  assert.deepEqual(scene.app.pids('persister'), [persister], 'the persister itself lives on');
}

test('an insert thread that exits in a batch leaves it to another thread', (t) => die(t, 'process.exit(3);'));

test('an insert thread that runs out of memory in a batch leaves it to another thread', (t) =>
  die(t, 'const all = []; for (;;) all.push(new Array(100000).fill(all.length));'));
