import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { testFolder } from '../../support/folder.ts';

const heldOpen = new URL('../../support/held-open.js', import.meta.url).href;

/** Runs a file of one test that passes, as the test runner does. */
async function runTestFile(left: string) {
  const file = join(testFolder('held-open'), 'left.test.mjs');
  writeFileSync(
    file,
    `import '${heldOpen}';
     import { createServer } from 'node:net';
     import { test } from 'node:test';
     test('passes', () => { ${left} });`,
  );
  const env = { ...process.env, TEST_ENDS_WITHIN_MS: '300' };
  delete (env as NodeJS.ProcessEnv).NODE_TEST_CONTEXT;
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', file], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

const leaks = [
  ['a server', 'createServer().listen(0);', /held open by .*TCPServerWrap/],
  ['a timer', 'setInterval(() => {}, 1000);', /held open by .*Timeout/],
] as const;

for (const [what, code, message] of leaks) {
  test(`a test file that leaves ${what} open fails, and says what it is`, async () => {
    const run = await runTestFile(code);
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, message);
  });
}

test('a test file that leaves nothing open, or only what keeps no process alive, passes', async () => {
  for (const code of ['', 'setInterval(() => {}, 1000).unref();', 'createServer().listen(0).unref();']) {
    const run = await runTestFile(code);
    assert.equal(run.code, 0, run.output);
  }
});
