import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { watchFile } from '../../../src/runtime/file-watch.ts';
import { testFolder } from '../../support/folder.ts';
import { waitFor } from '../../support/wait.ts';

const LOOK_EVERY_MS = 5;
/** Long enough for several looks that settle. */
const QUIET_MS = 300;
const quiet = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

function setUp(t: TestContext, content: string) {
  const path = join(testFolder('watch'), 'file');
  writeFileSync(path, content);
  const found: string[] = [];
  const watch = watchFile(path, (each) => found.push(each instanceof Error ? 'error' : each), LOOK_EVERY_MS);
  t.after(() => watch.end());
  return { path, found, watch };
}

test('each content is reported once, and so is that the file is gone', async (t) => {
  const { path, found } = setUp(t, 'a');
  await waitFor('the first content', () => found.length === 1);
  await quiet();
  writeFileSync(path, 'b');
  await waitFor('the second', () => found.length === 2);
  rmSync(path);
  await waitFor('its end', () => found.length === 3);
  await quiet();
  writeFileSync(path, 'b');
  await waitFor('its return', () => found.length === 4);
  assert.deepEqual(found, ['a', 'b', 'error', 'b']);
});

test('a file that was read elsewhere meanwhile is reported again', async (t) => {
  const { found, watch } = setUp(t, 'a');
  await waitFor('the content', () => found.length === 1);
  watch.forget();
  await waitFor('the same content', () => found.length === 2);
  assert.deepEqual(found, ['a', 'a']);
});

test('nothing is reported after the end', async (t) => {
  const { path, found, watch } = setUp(t, 'a');
  await waitFor('the content', () => found.length === 1);
  watch.end();
  writeFileSync(path, 'b');
  await quiet();
  assert.deepEqual(found, ['a']);
});
