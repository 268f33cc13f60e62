import { test } from 'node:test';
import { proveFrozenRedis } from '../support/frozen-redis.ts';

// 10 s are in test/fault/slow/redis-frozen-10-s.test.ts.
for (const frozenMs of [100, 1000]) {
  test(`Redis frozen for ${frozenMs} ms: answers by the deadline, nothing issued behind a refusal`, async (t) => {
    await proveFrozenRedis(t, frozenMs);
  });
}
