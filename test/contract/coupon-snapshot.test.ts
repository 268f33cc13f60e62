import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SNAPSHOT_REPLY } from '../../src/redis/coupon-snapshot.ts';
import { scripts } from '../../src/redis/scripts.ts';

test('what lua/inspect.lua says that it replies is what is read of it, in its order', () => {
  const [, reply = ''] = /^-- Reply \{([^}]+)\}/m.exec(scripts.get('inspect') as string) ?? [];
  assert.deepEqual(reply.split(', '), SNAPSHOT_REPLY);
});
