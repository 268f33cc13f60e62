import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Progress } from '../../../src/commands/progress.ts';

function on(isTTY: boolean) {
  let nowMs = 0;
  const written: string[] = [];
  const progress = new Progress('rows', { isTTY, write: (text: string) => written.push(text) }, () => nowMs);
  return {
    written,
    progress,
    at(ms: number, done: number, total: number | null) {
      nowMs = ms;
      progress.report(done, total);
    },
  };
}

test('what is done at once shows nothing', () => {
  const { written, progress, at } = on(true);
  at(100, 5, 10);
  progress.end();
  assert.deepEqual(written, []);
});

test('at a terminal a bar is drawn in its place, and gone at the end', () => {
  const { written, progress, at } = on(true);
  at(600, 500_000, 1_000_000);
  at(650, 550_000, 1_000_000);
  at(700, 1_100_000, 1_000_000);
  progress.end();
  assert.deepEqual(written, [
    `\r\x1b[K[${'#'.repeat(15)}${'.'.repeat(15)}] 500,000 of about 1,000,000 rows`,
    `\r\x1b[K[${'#'.repeat(30)}] 1,100,000 of about 1,000,000 rows`,
    '\r\x1b[K',
  ]);
});

test('elsewhere it is a line every two seconds, without a bar', () => {
  const { written, progress, at } = on(false);
  at(600, 5, 10);
  at(1600, 6, 10);
  at(2700, 7, null);
  progress.end();
  assert.deepEqual(written, ['5 of about 10 rows\n', '7 rows\n']);
});
