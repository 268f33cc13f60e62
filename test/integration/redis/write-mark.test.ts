// What keeps an idle server from asking Redis: one command tells whether anything was written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { ChangeDetector, readWriteMark } from '../../../src/redis/write-mark.ts';
import { startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('whatever changes a key changes the mark, and nothing that reads does', async (t) => {
  const server = await startRedis(t);
  const redis = new Redis(server.url);
  redis.on('error', () => {});
  t.after(() => redis.disconnect());
  await redis.xgroup('CREATE', 'stream', 'group', '0', 'MKSTREAM');
  await redis.xreadgroup('GROUP', 'group', 'one', 'COUNT', 1, 'BLOCK', 1, 'STREAMS', 'stream', '>');

  const changes = async (work: () => Promise<unknown>): Promise<boolean> => {
    const before = await readWriteMark(redis);
    assert.notEqual(before, null);
    await work();
    return (await readWriteMark(redis)) !== before;
  };
  const reads: [string, () => Promise<unknown>][] = [
    [
      'a blocked read without an entry',
      () => redis.xreadgroup('GROUP', 'group', 'one', 'COUNT', 1, 'BLOCK', 1, 'STREAMS', 'stream', '>'),
    ],
    ['a claim of nothing', () => redis.xautoclaim('stream', 'group', 'one', 0, '0-0')],
    ['a message', () => redis.publish('channel', 'x')],
    ['a script that only reads', () => redis.eval("return redis.call('GET', KEYS[1])", 1, 'key')],
    ['a SET NX of a key that is there', async () => redis.set('stays', 'y', 'NX')],
  ];
  await redis.set('stays', 'x');
  for (const [what, work] of reads) assert.equal(await changes(work), false, what);

  const writes: [string, () => Promise<unknown>][] = [
    ['SET', () => redis.set('key', 'x')],
    ['DEL', () => redis.del('key')],
    [
      'an expiry',
      async () => {
        await redis.set('key', 'x', 'PX', 1);
        const set = await readWriteMark(redis);
        await waitFor('the key has expired', async () => (await redis.exists('key')) === 0);
        assert.notEqual(await readWriteMark(redis), set);
      },
    ],
    ['FLUSHALL', () => redis.flushall()],
    ['a restart', () => server.restart()],
  ];
  for (const [what, work] of writes) assert.equal(await changes(work), true, what);
});

test('it is time to look after a write, once more, after a failure, and every 30 turns', async (t) => {
  const redis = new Redis((await startRedis(t)).url);
  t.after(() => redis.disconnect());
  const changes = new ChangeDetector();
  const due = async (turns: number) => {
    let seen = '';
    for (let turn = 0; turn < turns; turn++) seen += (await changes.isDue(redis)) ? 'x' : '.';
    return seen;
  };
  assert.equal(await due(4), 'xx..');
  await redis.set('key', 'x');
  assert.equal(await due(3), 'xx.');
  changes.repeat();
  assert.equal(await due(33), `xx${'.'.repeat(28)}xx.`);
});
