import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Semaphore } from '../../../src/runtime/semaphore.ts';

test('no more run at a time than there are slots, in the order of arrival', async () => {
  const semaphore = new Semaphore(2, 10_000);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const all = Array.from({ length: 7 }, (_, index) =>
    semaphore.run(async () => {
      started.push(index);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      return index;
    }),
  );
  assert.deepEqual(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(most, 2);
});

test('who waits too long gets no turn, and takes none from the others', async () => {
  const semaphore = new Semaphore(1, 5);
  let release = (): void => {};
  const holding = semaphore.run(() => new Promise<string>((resolve) => (release = () => resolve('held'))));
  assert.equal(await semaphore.run(async () => 'late'), null);
  release();
  assert.equal(await holding, 'held');
  assert.equal(await semaphore.run(async () => 'next'), 'next');
});

test('a slot is free again after work that failed', async () => {
  const semaphore = new Semaphore(1, 1000);
  await assert.rejects(
    semaphore.run(async () => {
      throw new Error('broken');
    }),
    /broken/,
  );
  assert.equal(await semaphore.run(async () => 1), 1);
});
