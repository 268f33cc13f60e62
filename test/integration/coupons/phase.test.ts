// src/coupons/phase.ts against the scripts that decide: both must say the same of a coupon.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { type Phase, phaseAt, type Standing } from '../../../src/coupons/phase.ts';
import { issueArguments, readIssueReply } from '../../../src/issuance/issue-script.ts';
import { couponKeys, memoKey } from '../../../src/redis/keys.ts';
import { defineScripts, runScript } from '../../../src/redis/scripts.ts';
import { startRedis } from '../../support/servers.ts';

const COUPON = 7;
const HOUR_MS = 3_600_000;
const STRANGER = '99';

/** What lua/issue.lua answers a user who does not hold the coupon. */
const codeOf: Readonly<Record<Phase, string>> = {
  scheduled: 'n',
  open: 'i',
  'sold-out': 's',
  paused: 'p',
  ended: 'c',
  closed: 'c',
};

function* standings(nowMs: number): Generator<Standing> {
  const [past, future] = [nowMs - HOUR_MS, nowMs + HOUR_MS];
  for (const state of ['open', 'paused', 'closed'] as const) {
    for (const [opensAtMs, closesAtMs] of [
      [0, 0],
      [past, 0],
      [future, 0],
      [0, past],
      [past, past],
      [0, future],
      [past, future],
      [future, future + 1],
    ] as const) {
      for (const left of [0, 1]) yield { state, opensAtMs, closesAtMs, left };
    }
  }
}

test('issue.lua and holders-page.lua decide by the same phases', async (t) => {
  const server = await startRedis(t);
  const redis = new Redis(server.url);
  t.after(() => redis.disconnect());
  defineScripts(redis);
  const { stock, holders, meta, outbox, idempotencyKeys, revoked } = couponKeys(COUPON);
  const nowMs = Number((await redis.time())[0]) * 1000;
  const seen = new Set<Phase>();
  for (const standing of standings(nowMs)) {
    const { state, opensAtMs, closesAtMs, left } = standing;
    const phase = phaseAt(standing, nowMs);
    seen.add(phase);
    await redis.flushall();
    await redis.set(stock, 1 + left);
    await redis.sadd(holders, '1');
    await redis.hset(meta, { state, opensAt: opensAtMs, closesAt: closesAtMs, sequence: 1, total: 1 + left });
    const page = (await runScript(
      redis,
      'holders-page',
      [stock, holders, meta, revoked],
      ['holders', 0, 10],
    )) as unknown[];
    assert.equal(page.length > 0, phase === 'sold-out', `holders-page of ${JSON.stringify(standing)}`);
    const raw = await runScript(
      redis,
      'issue',
      [stock, holders, meta, outbox, memoKey(COUPON, 'a'), idempotencyKeys, revoked],
      issueArguments({
        batchId: 1,
        deadlineRedisMs: Number.MAX_SAFE_INTEGER,
        outboxRowsMax: 1_000_000,
        resent: false,
        users: [STRANGER],
        keys: [],
      }),
    );
    const reply = readIssueReply(raw, 1);
    assert.equal('codes' in reply ? reply.codes : reply.status, codeOf[phase], JSON.stringify(standing));
  }
  assert.deepEqual([...seen].sort(), Object.keys(codeOf).sort(), 'every phase was met');
});
