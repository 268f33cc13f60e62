import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { projectRoot } from '../../../src/project.ts';
import { InsertPool } from '../../../src/store/insert-pool.ts';
import { EXITS, HANGS, RUNS_OUT_OF_MEMORY, THROWS } from '../../support/failing-insert-thread.ts';
import { log } from '../../support/handover.ts';
import { within } from '../../support/wait.ts';

function startPool(t: TestContext, timeoutMs = 300): InsertPool {
  const metrics = createMetrics().mysqlPools.named('inserts');
  const options = { threads: 2, mysqlUrl: 'mysql://unused', timeoutMs, metrics };
  const pool = new InsertPool(options, log, join(projectRoot, 'dist/test/support/failing-insert-thread.js'));
  t.after(() => pool.stop());
  return pool;
}

function write(pool: InsertPool, couponId: number) {
  return within(10_000, 'an outcome', pool.write({ couponId, epoch: 0, runs: [] }));
}

for (const [how, couponId] of Object.entries({ EXITS, RUNS_OUT_OF_MEMORY, HANGS, THROWS })) {
  test(`a thread that fails (${how}) leaves its batch transient, and the next thread writes others`, async (t) => {
    const pool = startPool(t);
    for (let round = 0; round < 3; round++) {
      const [failed, ...written] = await Promise.all([couponId, 10, 11, 12, 13].map((id) => write(pool, id)));
      assert.deepEqual(failed?.kind === 'transient' && failed.code, 'INSERT_THREAD_LOST');
      assert.deepEqual(
        written.map((outcome) => outcome.kind === 'written' && outcome.inserted),
        [10, 11, 12, 13],
      );
    }
  });
}
