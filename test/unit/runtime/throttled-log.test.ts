import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../src/log.ts';
import { ThrottledLog } from '../../../src/runtime/throttled-log.ts';

test('a new line is written at once, the same one again after 5 s', () => {
  const written: string[] = [];
  const log = createLogger('test', 'info', { write: (line: string) => void written.push(JSON.parse(line).why) });
  let nowMs = 0;
  const throttled = new ThrottledLog(log, () => nowMs);
  const say = (atMs: number, why: string) => {
    nowMs = atMs;
    throttled.write('warn', { why }, 'shut');
  };
  say(0, 'a');
  say(200, 'a');
  say(400, 'b');
  say(600, 'a');
  say(4999, 'a');
  assert.deepEqual(written, ['a', 'b']);
  say(5000, 'a');
  say(5200, 'a');
  say(5400, 'b');
  assert.deepEqual(written, ['a', 'b', 'a', 'b']);
});
