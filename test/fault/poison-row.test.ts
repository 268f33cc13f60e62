import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../src/redis/keys.ts';
import { askAtOnce } from '../support/rush.ts';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

const POISON_USER = 500;

test('a row that MySQL refuses among 1,000 becomes a dead letter after 3 attempts, and it alone', async (t) => {
  const scene = await startScene(t, { stock: 1000, mysql: {} });
  const { redis, database } = scene.stores;
  await database.execute(
    `CREATE TRIGGER refuse BEFORE INSERT ON user_coupon FOR EACH ROW
       IF NEW.user_id = ${POISON_USER} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused by the owner'; END IF`,
  );
  const users = Array.from({ length: 1000 }, (_, index) => index + 1);
  const history = await askAtOnce({ port: scene.app.port, couponId: scene.couponId }, users);
  const answeredMs = performance.now();
  await waitFor(
    'its neighbours are written',
    async () => {
      const [row] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM user_coupon');
      return row?.n === 999;
    },
    { withinMs: 5000 },
  );
  t.diagnostic(`999 neighbours written after ${Math.round(performance.now() - answeredMs)} ms`);
  const proof = await scene.prove(history);
  assert.equal(proof.granted, 1000);
  const letters = await redis.xrange(couponKeys(scene.couponId).dead, '-', '+');
  assert.equal(letters.length, 1);
  const fields = letters[0]?.[1] ?? [];
  assert.equal(fields[fields.indexOf('user') + 1], String(POISON_USER));
  assert.equal(fields[fields.indexOf('attempts') + 1], '3');
});

test('entries with bad fields or of an unknown coupon stop nobody else', async (t) => {
  const scene = await startScene(t, { stock: 500 });
  const { redis } = scene.stores;
  const unknown = couponKeys(999_999);
  await redis.sadd('couponrush:coupons', 999_999);
  await redis.xadd(unknown.outbox, '*', 's', '1', 't', String(Date.now()), 'u', '1,2,3');
  const rush = scene.rush({ perSecond: 300, seconds: 2 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  await redis.xadd(couponKeys(scene.couponId).outbox, '*', 'no', 'entry', 'of', 'ours');
  const history = await rush.done;
  await scene.prove(history, { drainWithinMs: 5000, gapsAllowed: ['malformedEntries'] });
  const letters = await redis.xrange(couponKeys(scene.couponId).dead, '-', '+');
  assert.equal(letters.length, 1, 'the unreadable entry is a dead letter');
  await waitFor('the rows of the unknown coupon are dead letters', async () => (await redis.xlen(unknown.dead)) === 3);
  assert.equal(await redis.xlen(unknown.outbox), 0);
});
