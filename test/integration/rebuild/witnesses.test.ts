import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Witnesses } from '../../../src/gate/witnesses.ts';
import { Witness } from '../../../src/rebuild/witness.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { askAfterLoss, readPossibleLosses } from '../../../src/store/tables/possible-losses.ts';
import { newCoupon, openStores, silent } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

async function setUp(t: TestContext) {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 100);
  await preloadCoupon(stores, couponId);
  const witnesses = new Witnesses({ database, log: silent });
  const join = async (name: string, instance: string, isSettled = () => true) => {
    let registered = false;
    const witness = new Witness({
      database,
      name,
      instance,
      isSettled,
      onRegistered: () => {
        registered = true;
      },
    });
    t.after(() => witness.stop());
    witness.start();
    await waitFor('it is registered', () => registered);
    return witness;
  };
  return {
    ...stores,
    couponId,
    join,
    look: () => witnesses.look(redis),
    ask: () =>
      askAfterLoss(
        database,
        { couponId, runId: 'abc', epoch: 5 },
        {
          afterSequence: 7,
          numbersMax: 93,
          grantedAfter: new Date(1000),
          grantedBefore: new Date(2000),
          reason: 'a test',
        },
      ),
    losses: async () => (await readPossibleLosses(database, couponId, 10)).map(({ confirmed }) => confirmed),
    standings: () =>
      database.query<{ name: string; instance: string | null; ended: number }>(
        'SELECT name, instance, ended FROM grant_witness ORDER BY name',
      ),
    /** As a process that ended without a word, 30 s ago. */
    silence: (name: string) =>
      database.execute('UPDATE grant_witness SET heard_at = heard_at - INTERVAL 30 SECOND WHERE name = ?', [name]),
  };
}

test('a question that every HTTP worker answers leaves no possible loss; one is waited for until it has', async (t) => {
  const { join, look, ask, losses } = await setUp(t);
  let settled = false;
  await join('a/http 1', 'one');
  const second = await join('a/http 2', 'two', () => settled);
  await ask();
  second.beatSoon();
  await look();
  assert.deepEqual(await losses(), [false], 'asked');
  settled = true;
  second.beatSoon();
  await waitFor(
    'all have answered',
    async () => {
      await look();
      return (await losses()).length === 0;
    },
    { withinMs: 12_000 },
  );
});

test(
  'a process that was replaced, ended in order or is ' + 'silent could have known: the loss is confirmed, once',
  async (t) => {
    for (const end of ['replaced', 'in order', 'silent'] as const) {
      await t.test(end, async (t) => {
        const { redis, couponId, join, look, ask, losses, silence, database } = await setUp(t);
        await redis.hset(couponKeys(couponId).meta, 'sequence', 1);
        await redis.xadd(couponKeys(couponId).outbox, '*', 's', '1', 't', '1', 'u', '1');
        await database.execute(
          'INSERT INTO grant_witness (name, instance, heard_at, answered, ' +
            "ended) VALUES ('b/http 1', 'old', UTC_TIMESTAMP(3), 0, 0)",
        );
        const other = await join('a/http 1', 'one');
        if (end === 'replaced') await join('b/http 1', 'new');
        else if (end === 'silent') await silence('b/http 1');
        else await (await join('b/http 1', 'old')).stop();
        await look();
        await ask();
        other.beatSoon();
        await waitFor(
          'it is settled',
          async () => {
            await look();
            return (await losses())[0] === true;
          },
          { withinMs: 12_000 },
        );
        await look();
        assert.deepEqual(await losses(), [true]);
      });
    }
  },
);

test('a process that ended is cleared once MySQL has all that it can have been told of, and not before', async (t) => {
  const { redis, database, couponId, join, look, ask, losses, standings } = await setUp(t);
  const { outbox, meta } = couponKeys(couponId);
  await join('a/http 1', 'old');
  const successor = await join('a/http 1', 'new');
  await redis.hset(meta, 'sequence', 3);
  const entry = await redis.xadd(outbox, '*', 's', '1', 't', '1', 'u', '1,2,3');
  await look();
  await look();
  assert.deepEqual(
    await standings(),
    [{ name: 'a/http 1', instance: 'new', ended: 1 }],
    'its grants are in Redis alone',
  );
  // A rush goes on: the outbox is never seen empty, but these three are rows.
  await redis.xadd(outbox, '*', 's', '4', 't', '1', 'u', '4');
  await redis.xdel(outbox, entry as string);
  await database.execute(
    `INSERT INTO user_coupon
         (coupon_id, user_id, sequence, name, discount_type, discount_amount, issued_at, persisted_at)
     VALUES (?, 3, 3, 'x', 'FIXED', 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    [couponId],
  );
  await look();
  assert.deepEqual(await standings(), [{ name: 'a/http 1', instance: 'new', ended: 0 }]);
  await ask();
  successor.beatSoon();
  await waitFor(
    'nobody is missing',
    async () => {
      await look();
      return (await losses()).length === 0;
    },
    { withinMs: 12_000 },
  );
});

test('a node that is gone for good is forgotten', async (t) => {
  const { database, look, standings } = await setUp(t);
  await database.execute(
    `INSERT INTO grant_witness (name, instance, heard_at, answered, ended)
     VALUES ('gone/http 1', 'x', UTC_TIMESTAMP(3) - INTERVAL 30 SECOND, 0, 0),
            ('gone/http 2', NULL, UTC_TIMESTAMP(3), 0, 1)`,
  );
  await look();
  assert.deepEqual(await standings(), []);
});
