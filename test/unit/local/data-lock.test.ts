import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataFolderInUseError, lockDataFolder } from '../../../src/local/data-lock.ts';
import { startOf } from '../../../src/local/process-identity.ts';
import { testFolder } from '../../support/folder.ts';

function folder(t: TestContext): string {
  const path = testFolder('lock');
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a lock leaves nothing behind when it is released', async (t) => {
  const dataDir = folder(t);
  const lock = await lockDataFolder(dataDir);
  lock.announceStop();
  lock.release();
  assert.deepEqual(readdirSync(dataDir), []);
});

test('a folder whose owner runs is refused', async (t) => {
  const dataDir = folder(t);
  writeFileSync(join(dataDir, 'lock'), `${process.ppid}\n${startOf(process.ppid)}\nrunning\n`);
  await assert.rejects(lockDataFolder(dataDir), new DataFolderInUseError(dataDir, process.ppid));
});

test('an owner that is stopping is waited for', async (t) => {
  const dataDir = folder(t);
  const path = join(dataDir, 'lock');
  writeFileSync(path, `${process.ppid}\n${startOf(process.ppid)}\nstopping\n`);
  let released = false;
  // Longer than a running owner would be given.
  void sleep(600).then(() => {
    released = true;
    rmSync(path);
  });
  const lock = await lockDataFolder(dataDir);
  assert.equal(released, true);
  lock.release();
});

for (const [why, content] of [
  ['whose process is gone', `${2 ** 22 + 1}\n1\nrunning\n`],
  ['whose pid belongs to another process by now', `${process.ppid}\nearlier\nrunning\n`],
  ['that was cut short', ''],
] as const) {
  test(`a lock ${why} is taken over`, async (t) => {
    const dataDir = folder(t);
    writeFileSync(join(dataDir, 'lock'), content);
    const lock = await lockDataFolder(dataDir);
    lock.release();
    assert.deepEqual(readdirSync(dataDir), []);
  });
}
