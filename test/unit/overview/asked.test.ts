import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Asked } from '../../../src/overview/live/asked.ts';

const PATIENCE_MS = 700;

test('what answers is fresh; what is late or fails is not, and keeps its last answer', async () => {
  const failures: unknown[] = [];
  const asked = new Asked<string>(PATIENCE_MS, (error) => failures.push(error));
  assert.deepEqual([asked.value, asked.answeredMs, asked.answers(0)], [null, null, false]);
  await asked.ask(async () => 'first', 0);
  assert.deepEqual([asked.value, asked.answeredMs, asked.answers(10)], ['first', 0, true]);

  let answer = (_text: string): void => {};
  const late = asked.ask(() => new Promise((resolve) => (answer = resolve)), 1000);
  assert.deepEqual([asked.isAsking, asked.answers(1000 + PATIENCE_MS - 1)], [true, true]);
  assert.deepEqual([asked.answers(1000 + PATIENCE_MS), asked.value], [false, 'first']);
  let wasAsked = false;
  await asked.ask(async () => {
    wasAsked = true;
    return 'no';
  }, 2000);
  assert.equal(wasAsked, false, 'one question at a time');
  answer('late');
  await late;
  assert.deepEqual([asked.value, asked.answeredMs, asked.answers(2000)], ['late', 1000, true]);

  await asked.ask(async () => {
    throw new Error('refused');
  }, 3000);
  assert.deepEqual([asked.value, asked.answeredMs, asked.answers(3000)], ['late', 1000, false]);
  assert.equal(failures.length, 1);
  await asked.ask(async () => 'back', 4000);
  assert.deepEqual([asked.value, asked.answers(4000)], ['back', true]);
});
