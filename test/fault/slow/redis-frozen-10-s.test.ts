import { test } from 'node:test';
import { proveFrozenRedis } from '../../support/frozen-redis.ts';

test('Redis frozen for 10 s: answers within the deadline, nothing issued behind a refusal', async (t) => {
  await proveFrozenRedis(t, 10_000);
});
