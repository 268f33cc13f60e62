import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { type IssueReply, issueArguments, readIssueReply } from '../../../src/issuance/issue-script.ts';
import { couponKeys, memoKey } from '../../../src/redis/keys.ts';
import { defineScripts, runScript } from '../../../src/redis/scripts.ts';
import { startRedis } from '../../support/servers.ts';

const COUPON = 7;
const keys = couponKeys(COUPON);

interface Ask {
  users: string[];
  batchId?: number;
  lane?: string;
  deadlineRedisMs?: number;
  outboxRowsMax?: number;
  resent?: boolean;
  keys?: (string | number)[];
}

async function setUp(t: TestContext, options: { stock?: number; meta?: Record<string, string | number> } = {}) {
  const server = await startRedis(t);
  const redis = new Redis(server.url);
  t.after(() => redis.disconnect());
  defineScripts(redis);
  await redis.set(keys.stock, options.stock ?? 3);
  await redis.hset(keys.meta, { state: 'open', opensAt: 0, closesAt: 0, sequence: 0, ...options.meta });
  let lastBatchId = 0;
  const ask = async ({ users, batchId = ++lastBatchId, lane = 'a', ...rest }: Ask): Promise<IssueReply> => {
    const raw = await runScript(
      redis,
      'issue',
      [keys.stock, keys.holders, keys.meta, keys.outbox, memoKey(COUPON, lane), keys.idempotencyKeys, keys.revoked],
      issueArguments({
        batchId,
        deadlineRedisMs: Number.MAX_SAFE_INTEGER,
        outboxRowsMax: 1_000_000,
        resent: false,
        users,
        keys: [],
        ...rest,
      }),
    );
    return readIssueReply(raw, users.length);
  };
  const codes = async (request: Ask): Promise<string> => {
    const reply = await ask(request);
    return 'codes' in reply ? reply.codes : reply.status;
  };
  return { redis, ask, codes };
}

const nowMs = async (redis: Redis): Promise<number> => {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
};

test('holders, sequence and outbox entry are written in one step', async (t) => {
  const { redis, ask } = await setUp(t);
  const reply = await ask({ users: ['5', '6', '5'] });
  assert.ok(reply.status === 'decided');
  assert.deepEqual([reply.codes, reply.firstSequence, reply.left], ['iid', 1, 1]);
  assert.deepEqual((await redis.smembers(keys.holders)).sort(), ['5', '6']);
  assert.equal(await redis.hget(keys.meta, 'sequence'), '2');
  const [entry] = await redis.xrange(keys.outbox, '-', '+');
  assert.deepEqual(entry?.[1], ['s', '1', 't', String(reply.nowMs), 'u', '5,6']);
});

test('exactly the stock is issued, and a holder is told so before sold-out (I1, I2)', async (t) => {
  const { redis, codes } = await setUp(t);
  assert.equal(await codes({ users: ['1', '2'] }), 'ii');
  assert.equal(await codes({ users: ['3', '4', '1', '5'] }), 'isds');
  assert.equal(await codes({ users: ['2', '9'] }), 'ds');
  assert.equal(await redis.scard(keys.holders), 3);
  assert.equal(await redis.xlen(keys.outbox), 2);
});

test('where holders are missing nothing is issued: their coupons would be given again (I1)', async (t) => {
  const { redis, codes } = await setUp(t, { meta: { sequence: 4, unheld: 1 } });
  await redis.sadd(keys.holders, '1', '2');
  await redis.sadd(keys.revoked, '3');
  assert.equal(await codes({ users: ['1', '4'] }), 'di');
  await redis.srem(keys.holders, '1');
  assert.equal(await codes({ users: ['1', '5'] }), 'not-ready');
  await redis.del(keys.holders);
  assert.equal(await codes({ users: ['6'] }), 'not-ready');
  assert.equal(await redis.scard(keys.holders), 0);
  assert.equal(await redis.hget(keys.meta, 'sequence'), '5');
});

test('whose coupon was revoked is told so, whatever the state of the coupon, and is given no second one', async (t) => {
  const { redis, codes } = await setUp(t, { meta: { sequence: 1, unheld: 0 } });
  await redis.sadd(keys.revoked, '3');
  assert.equal(await codes({ users: ['3', '1', '3'] }), 'viv');
  assert.equal(await codes({ users: ['3'], keys: [1, 'key-a'] }), 'v');
  await redis.hset(keys.meta, { state: 'paused' });
  assert.equal(await codes({ users: ['3', '4'] }), 'vp');
  await redis.hset(keys.meta, { state: 'closed' });
  assert.equal(await codes({ users: ['4', '3'] }), 'cv');
});

test('the window is decided by Redis TIME, and a holder keeps being told so outside of it', async (t) => {
  const { redis, ask, codes } = await setUp(t);
  await codes({ users: ['1'] });
  const now = await nowMs(redis);
  await redis.hset(keys.meta, { opensAt: now + 60_000 });
  const early = await ask({ users: ['1', '2'] });
  assert.ok(early.status === 'decided');
  assert.deepEqual([early.codes, early.opensAtMs], ['dn', now + 60_000]);
  await redis.hset(keys.meta, { opensAt: now - 60_000, closesAt: now - 1 });
  assert.equal(await codes({ users: ['1', '2'] }), 'dc');
  await redis.hset(keys.meta, { closesAt: 0, state: 'paused' });
  assert.equal(await codes({ users: ['1', '2'] }), 'dp');
  await redis.hset(keys.meta, { state: 'closed' });
  assert.equal(await codes({ users: ['1', '2'] }), 'dc');
  assert.equal(await redis.xlen(keys.outbox), 1);
});

test('a batch that comes twice gets its first reply again, and nothing is executed twice', async (t) => {
  const { redis, ask } = await setUp(t);
  const first = await ask({ users: ['1', '2'], batchId: 10 });
  const second = await ask({ users: ['1', '2'], batchId: 10, resent: true });
  assert.deepEqual(second, { ...first, status: 'remembered' });
  assert.equal(await redis.xlen(keys.outbox), 1);
  // Even past its deadline: nothing is executed, the outcome is only told.
  assert.deepEqual(await ask({ users: ['1', '2'], batchId: 10, resent: true, deadlineRedisMs: 1 }), second);
});

test(
  'a resent batch is remembered also if it issued nothing, ' + 'so its delayed first copy can not issue later (I5)',
  async (t) => {
    const { redis, ask } = await setUp(t, { stock: 0 });
    const refused = await ask({ users: ['1'], batchId: 10, resent: true });
    await redis.set(keys.stock, 5);
    assert.deepEqual(await ask({ users: ['1'], batchId: 10 }), { ...refused, status: 'remembered' });
    assert.equal(await redis.scard(keys.holders), 0);
  },
);

test('a delayed copy of an older batch is refused once the lane has gone on', async (t) => {
  const { ask } = await setUp(t);
  await ask({ users: ['1'], batchId: 11 });
  assert.equal((await ask({ users: ['2'], batchId: 10 })).status, 'stale');
  assert.equal((await ask({ users: ['2'], batchId: 10, lane: 'b' })).status, 'decided');
});

test('past its deadline nothing is executed', async (t) => {
  const { redis, ask } = await setUp(t);
  assert.equal((await ask({ users: ['1'], deadlineRedisMs: (await nowMs(redis)) - 1 })).status, 'late');
  assert.equal(await redis.exists(keys.holders, keys.outbox), 0);
});

test('without a stock, or with an incomplete meta, nothing is decided', async (t) => {
  const { redis, codes } = await setUp(t);
  for (const field of ['state', 'opensAt', 'closesAt', 'sequence']) {
    const value = (await redis.hget(keys.meta, field)) as string;
    await redis.hdel(keys.meta, field);
    assert.equal(await codes({ users: ['1'] }), 'not-ready', field);
    await redis.hset(keys.meta, { [field]: 'rubbish' });
    assert.equal(await codes({ users: ['1'] }), 'not-ready', field);
    await redis.hset(keys.meta, { [field]: value });
  }
  await redis.set(keys.stock, 'many');
  assert.equal(await codes({ users: ['1'] }), 'not-ready');
  await redis.del(keys.stock);
  assert.equal(await codes({ users: ['1'] }), 'not-ready');
  assert.equal(await redis.exists(keys.holders, keys.outbox), 0);
});

test('a larger stock than MySQL has agreed to does not count; a smaller one does', async (t) => {
  const { redis, ask, codes } = await setUp(t, { stock: 3000, meta: { total: 3 } });
  const reply = await ask({ users: ['1', '2'] });
  assert.ok(reply.status === 'decided');
  assert.deepEqual([reply.codes, reply.left], ['ii', 1]);
  await redis.set(keys.stock, '999999999999999');
  assert.equal(await codes({ users: ['3', '4'] }), 'is');
  await redis.hset(keys.meta, 'total', 10);
  await redis.set(keys.stock, 4);
  assert.equal(await codes({ users: ['4', '5'] }), 'is');
  await redis.set(keys.stock, 5000);
  await redis.hset(keys.meta, 'total', 'rubbish');
  assert.equal(await codes({ users: ['5'] }), 'not-ready');
  // A meta of an earlier version of couponrush has none, and its coupon goes on.
  await redis.hdel(keys.meta, 'total');
  await redis.set(keys.stock, 5);
  assert.equal(await codes({ users: ['5', '6'] }), 'is');
});

test('a stock without any meta was set by hand: it is told apart', async (t) => {
  const { redis, codes } = await setUp(t);
  await redis.del(keys.meta);
  assert.equal(await codes({ users: ['1'] }), 'unmanaged');
});

test('the outbox has a bound, in rows (I6): only who would be issued a coupon meets it', async (t) => {
  const { redis, codes } = await setUp(t, { stock: 100 });
  assert.equal(await codes({ users: ['1', '2'], outboxRowsMax: 3 }), 'ii');
  assert.equal(await codes({ users: ['3', '4'], outboxRowsMax: 3 }), 'ii');
  assert.equal(await codes({ users: ['5', '1', '5'], outboxRowsMax: 3 }), 'odo');
  assert.equal(await redis.hget(keys.meta, 'sequence'), '4');
  await redis.hset(keys.meta, 'state', 'paused');
  assert.equal(await codes({ users: ['5', '1'], outboxRowsMax: 3 }), 'pd');
});

test('the largest batch, all of it issued under keys', async (t) => {
  const { redis, codes } = await setUp(t, { stock: 5000 });
  const users = Array.from({ length: 4000 }, (_, index) => String(index + 1));
  const under = users.flatMap((user, index) => [index + 1, `key-${user}`]);
  assert.equal(await codes({ users, keys: under }), 'i'.repeat(4000));
  assert.equal(await redis.hlen(keys.idempotencyKeys), 4000);
  assert.equal(await codes({ users, keys: under }), 'r'.repeat(4000));
});

test('a key of another type fails before the first write', async (t) => {
  const { redis, codes } = await setUp(t);
  for (const key of [keys.outbox, keys.holders]) {
    await redis.del(keys.outbox, keys.holders);
    await redis.set(key, 'a string');
    await assert.rejects(codes({ users: ['1'] }), /WRONGTYPE/);
    assert.equal(await redis.hget(keys.meta, 'sequence'), '0');
  }
});

test('a Redis without memory refuses before the first write', async (t) => {
  const { redis, codes } = await setUp(t);
  await redis.config('SET', 'maxmemory', '1');
  await assert.rejects(codes({ users: ['1'] }), /OOM/);
  await redis.config('SET', 'maxmemory', '0');
  assert.equal(await redis.exists(keys.holders, keys.outbox), 0);
  assert.equal(await codes({ users: ['1'] }), 'i');
});

test('a Redis that forgot its scripts is given them again', async (t) => {
  const { redis, codes } = await setUp(t);
  await codes({ users: ['1'] });
  await redis.script('FLUSH');
  assert.equal(await codes({ users: ['2'] }), 'i');
});

test('who repeats the request under the same key is told the original sequence and time', async (t) => {
  const { ask, codes } = await setUp(t, { stock: 10 });
  const first = await ask({ users: ['1', '2', '3'], keys: [2, 'key-a'] });
  assert.ok(first.status === 'decided');
  assert.deepEqual([first.codes, first.replays], ['iii', []]);
  const again = await ask({ users: ['1', '2', '4', '3'], keys: [1, 'key-a', 2, 'key-a', 4, 'key-b'] });
  assert.ok(again.status === 'decided');
  assert.equal(again.codes, 'drid');
  assert.deepEqual(again.replays, [2, first.nowMs]);
  assert.equal(await codes({ users: ['2'], keys: [1, 'key-b'] }), 'd');
  assert.equal(await codes({ users: ['2'] }), 'd');
});

test('the same key twice in one batch is one grant, and another key a duplicate', async (t) => {
  const { redis, ask } = await setUp(t, { stock: 10 });
  const reply = await ask({ users: ['8', '1', '1', '1', '1'], keys: [2, 'k', 3, 'k', 4, 'other'] });
  assert.ok(reply.status === 'decided');
  assert.equal(reply.codes, 'iirdd');
  assert.deepEqual(reply.replays, [2, reply.nowMs]);
  assert.deepEqual(await redis.hgetall(keys.idempotencyKeys), { 1: `k 2 ${reply.nowMs}` });
  assert.ok((await redis.pttl(keys.idempotencyKeys)) > 86_000_000);
});

test('a keyed batch that is sent again gets its first reply, replays included', async (t) => {
  const { ask } = await setUp(t, { stock: 10 });
  await ask({ users: ['1'], keys: [1, 'k'] });
  const request = { users: ['1', '2', '2'], keys: [1, 'k', 2, 'm', 3, 'm'], batchId: 50 };
  const first = await ask(request);
  const resent = await ask({ ...request, resent: true });
  assert.deepEqual(resent, { ...first, status: 'remembered' });
  assert.ok(first.status === 'decided' && first.codes === 'rir');
});

test('what a key remembers of a grant that Redis has lost is not told', async (t) => {
  const { redis, codes } = await setUp(t, { stock: 10 });
  await codes({ users: ['1'], keys: [1, 'k'] });
  await redis.srem(keys.holders, '1');
  await redis.hset(keys.meta, 'unheld', 1);
  assert.equal(await codes({ users: ['1', '1'], keys: [2, 'k'] }), 'id');
});

test('without a key nothing is kept for keys', async (t) => {
  const { redis, codes } = await setUp(t);
  await codes({ users: ['1', '2'] });
  assert.equal(await redis.exists(keys.idempotencyKeys), 0);
});
