// Faults at random while users with ids that are texts ask: five seeds. `npm run chaos -- --user-ids text` does more.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../../src/project.ts';

const SEEDS = [1, 2, 3, 4, 5];
const SECONDS = 10;
const TIMEOUT_MS = 110_000;

for (const seed of SEEDS) {
  test(`chaos with texts as user ids, seed ${seed}`, async (t) => {
    const { TEST_RUN_DIR: _folder, ...env } = process.env;
    const args = ['--seed', String(seed), '--seconds', String(SECONDS), '--user-ids', 'text'];
    const output = await new Promise<string>((resolve) => {
      const entry = join(projectRoot, 'dist/test/chaos/main.js');
      execFile(process.execPath, [entry, ...args], { env, timeout: TIMEOUT_MS }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    t.diagnostic(output.split('\n').find((line) => line.startsWith('history:')) ?? '');
    assert.match(output, new RegExp(`^PROVEN \\(seed ${seed}\\)`, 'm'), output.slice(-2000));
  });
}
