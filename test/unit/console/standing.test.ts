// What the header says is never better than what is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standingOf } from '../../../console/src/frame/standing.ts';

const well = { redis: 'ok', mysql: 'ok', gate: 'open', refusal: null } as const;

test('the header says "Issuing" only if a fresh look says so of both stores and the gate', () => {
  assert.deepEqual(standingOf(well, true), { tone: 'good', text: 'frame.gate-open' });
  assert.equal(standingOf(null, true).tone, 'quiet');
  assert.deepEqual(standingOf(well, false), { tone: 'bad', text: 'frame.disconnected' });
  assert.deepEqual(standingOf({ ...well, redis: 'unreachable' }, true), { tone: 'bad', text: 'frame.redisDown' });
  assert.deepEqual(standingOf({ ...well, mysql: 'unreachable' }, true), { tone: 'note', text: 'frame.mysqlDown' });
  for (const gate of ['shut', 'rebuilding', 'unknown'] as const) {
    assert.deepEqual(standingOf({ ...well, gate }, true), { tone: 'bad', text: `frame.gate-${gate}` });
  }
});

test('stores that are not proven to belong together are the reason, whatever else follows from it', () => {
  const refusal = 'This Redis belongs to another installation';
  const text = { tone: 'bad', text: 'frame.refusalShort' };
  assert.deepEqual(standingOf({ ...well, refusal }, true), text);
  const notAsked = { redis: 'unreachable', mysql: 'unreachable', gate: 'unknown', refusal } as const;
  assert.deepEqual(standingOf(notAsked, true), text);
  assert.deepEqual(standingOf({ ...well, mysql: 'unreachable', refusal }, true), text, 'Redis is asked, MySQL is not');
});
