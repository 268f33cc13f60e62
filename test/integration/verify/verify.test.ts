// verify on a real Redis and a real MySQL: each gap is planted once in a coupon on which both agree, and found by name.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Redis } from 'ioredis';
import { createLogger } from '../../../src/log.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { type Database, openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { type GapName, gapNames } from '../../../src/verify/gaps.ts';
import { type Verification, verifyCoupon } from '../../../src/verify/verify.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const releases: (() => Promise<void>)[] = [];
let redis: Redis;
let database: Database;
let couponId = 0;

before(async () => {
  const scope = { after: (release: () => Promise<void>) => releases.unshift(release) };
  const url = (await startRedis(scope)).url;
  const mysqlUrl = await freshDatabase(scope);
  await migrate(mysqlUrl, createLogger('test', 'silent'));
  redis = connectForCommands(url, 'test', 5000);
  database = openDatabase(mysqlUrl, { connections: 2, timeoutMs: 10_000 });
  // What the unique keys make impossible has to be found too: a restored dump may be without them.
  await database.execute('ALTER TABLE user_coupon DROP INDEX user_coupon_one_each, DROP INDEX user_coupon_sequence');
  await database.execute('ALTER TABLE coupon DROP CONSTRAINT coupon_stock_left');
  releases.unshift(async () => {
    redis.disconnect();
    await database.close();
  });
});

after(async () => {
  for (const release of releases) await release();
});

const TOTAL = 10;
const keys = () => couponKeys(couponId);

async function addRow(user: number, sequence: number, status = 'ISSUED'): Promise<void> {
  await database.execute(
    `INSERT INTO user_coupon
         (coupon_id, user_id, sequence, status, name, discount_type, discount_amount, issued_at, persisted_at)
     VALUES (?, ?, ?, ?, 'Test', 'FIXED', 100, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    [couponId, user, sequence, status],
  );
}

async function addOutbox(firstSequence: number, ...users: number[]): Promise<void> {
  await redis.xadd(keys().outbox, '*', 's', firstSequence, 't', 1_700_000_000_000, 'u', users.join(','));
}

async function addDead(user: number, sequence: number): Promise<void> {
  const letter = ['user', user, 'sequence', sequence, 'issuedAt', 1_700_000_000_000, 'code', 'X', 'attempts', 3];
  await redis.xadd(keys().dead, '*', ...letter);
}

/** Users 1-4 are in MySQL, 5 is revoked, 6 waits in dead letters. */
async function createAgreeing(): Promise<void> {
  couponId++;
  await database.execute(
    `INSERT INTO coupon (id, name, total_stock, stock, discount_type, discount_amount, state, created_at)
     VALUES (?, 'Test', ?, ?, 'FIXED', 100, 'OPEN', UTC_TIMESTAMP(3))`,
    [couponId, TOTAL, TOTAL - 4],
  );
  for (const user of [1, 2, 3, 4]) await addRow(user, user);
  await addRow(5, 5, 'REVOKED');
  await addDead(6, 6);
  await redis.set(keys().stock, TOTAL);
  await redis.sadd(keys().holders, 1, 2, 3, 4, 6);
  await redis.hset(keys().meta, { state: 'open', opensAt: 0, closesAt: 0, sequence: 6 });
}

function gapsOf(verification: Verification): Partial<Record<GapName, number>> {
  assert.equal(
    verification.ok,
    verification.gaps.every((gap) => gap.count === 0),
  );
  return Object.fromEntries(verification.gaps.filter((gap) => gap.count > 0).map((gap) => [gap.name, gap.count]));
}

const verify = (mode: 'final' | 'live' = 'final') => verifyCoupon({ redis, database }, couponId, { mode });

/** Changes coupon.stock along with the rows, so that the gap under test shows alone. */
const setStock = (stock: number) => database.execute('UPDATE coupon SET stock = ? WHERE id = ?', [stock, couponId]);
const setSequence = (sequence: number) => redis.hset(keys().meta, 'sequence', sequence);

const plants: [Partial<Record<GapName, number>>, string, () => Promise<unknown>][] = [
  [{ couponMissing: 1 }, 'coupon deleted', () => database.execute('DELETE FROM coupon WHERE id = ?', [couponId])],
  [{ holdersWithoutRow: 1 }, 'SADD by hand', () => redis.sadd(keys().holders, 99)],
  [
    { holdersWithoutRow: 1, sequenceGaps: 1 },
    'a row lost',
    async () => {
      await database.execute('DELETE FROM user_coupon WHERE coupon_id = ? AND user_id = 2', [couponId]);
      await setStock(TOTAL - 3);
    },
  ],
  [{ rowsWithoutHolder: 2 }, 'SREM by hand', () => redis.srem(keys().holders, 1, 3)],
  [{ deadWithoutHolder: 1 }, 'SREM of a user in dead letters', () => redis.srem(keys().holders, 6)],
  [{ revokedHolders: 1 }, 'SADD of a revoked user', () => redis.sadd(keys().holders, 5)],
  [{ malformedHolders: 2 }, 'SADD of texts', () => redis.sadd(keys().holders, 'al ice', ',007')],
  [{ malformedEntries: 1 }, 'an entry of another layout', () => redis.xadd(keys().outbox, '*', 'hello', 'world')],
  [
    { overIssuedRedis: 2, holdersWithoutRow: 7 },
    'more holders than stock',
    () => redis.sadd(keys().holders, 21, 22, 23, 24, 25, 26, 27),
  ],
  [
    { overIssuedMysql: 1, overIssuedRedis: 2 },
    'total_stock below the rows',
    async () => {
      await database.execute('UPDATE coupon SET total_stock = 3, stock = -1 WHERE id = ?', [couponId]);
      await redis.set(keys().stock, 3);
    },
  ],
  [
    { duplicateRows: 1 },
    'a second row of one user',
    async () => {
      await addRow(1, 7);
      await setSequence(7);
      await setStock(TOTAL - 5);
    },
  ],
  [
    { duplicateSequences: 1 },
    'a second row of one number',
    async () => {
      await addRow(8, 4);
      await redis.sadd(keys().holders, 8);
      await setStock(TOTAL - 5);
    },
  ],
  [{ sequenceGaps: 3 }, 'numbers given to nobody', () => setSequence(9)],
  [{ sequenceBehind: 2 }, 'the counter set back', () => setSequence(4)],
  [{ stockMismatchMysql: 1 }, 'coupon.stock changed by hand', () => setStock(TOTAL - 5)],
  [{ stockMismatchRedis: 5 }, 'the stock key changed by hand', () => redis.set(keys().stock, TOTAL + 5)],
  [{ stockMismatchRedis: TOTAL }, 'the stock key deleted', () => redis.del(keys().stock)],
];

describe('verify', () => {
  test('finds nothing where Redis and MySQL agree, and says what it compared', async () => {
    await createAgreeing();
    const verification = await verify();
    assert.deepEqual(gapsOf(verification), {});
    assert.deepEqual(verification.redis, { holders: 5, outbox: 0, dead: 1, stock: 10, sequence: 6 });
    const mysql = { rows: 5, revoked: 1, highestSequence: 5, resolved: 0, stock: 6, totalStock: 10, state: 'OPEN' };
    assert.deepEqual(verification.mysql, mysql);
  });

  for (const [gaps, title, plant] of plants) {
    test(`${Object.keys(gaps)[0]}: ${title}`, async () => {
      await createAgreeing();
      await plant();
      assert.deepEqual(gapsOf(await verify()), gaps);
    });
  }

  test('outboxWithoutHolder and outboxNotEmpty: an entry written by hand', async () => {
    await createAgreeing();
    await addOutbox(7, 7);
    await setSequence(7);
    assert.deepEqual(gapsOf(await verify()), { outboxWithoutHolder: 1, outboxNotEmpty: 1 });
    assert.deepEqual(gapsOf(await verify('live')), { outboxWithoutHolder: 1 });
  });

  test('every kind of gap is planted above', () => {
    const planted = new Set([
      'outboxWithoutHolder',
      'outboxNotEmpty',
      ...plants.flatMap(([gaps]) => Object.keys(gaps)),
    ]);
    assert.deepEqual(
      gapNames.filter((name) => !planted.has(name)),
      [],
    );
  });

  test('a dead letter that was given up explains its number', async () => {
    await createAgreeing();
    await redis.del(keys().dead);
    assert.deepEqual(gapsOf(await verify()), { holdersWithoutRow: 1, sequenceGaps: 1 });
    await database.execute(
      `INSERT INTO dead_letter_resolution
         (coupon_id, dead_id, user_id, sequence, code, refusal, reason, resolved_at)
       VALUES (?, '1-1', 6, 6, 'X', 'refused', 'test', UTC_TIMESTAMP(3))`,
      [couponId],
    );
    assert.deepEqual(gapsOf(await verify()), {});
  });

  test('a Redis that lost the coupon is seen in live mode as well', async () => {
    await createAgreeing();
    await redis.del(...Object.values(keys()));
    assert.equal((await verify()).redis, null);
    const lost = { sequenceBehind: 5, stockMismatchRedis: TOTAL };
    assert.deepEqual(gapsOf(await verify()), { rowsWithoutHolder: 4, ...lost });
    assert.deepEqual(gapsOf(await verify('live')), lost);
  });

  test('rows and holders are compared across the ends of pages and scans', async () => {
    await createAgreeing();
    const extra = 25_000;
    const users = Array.from({ length: extra }, (_, index) => 1000 + index);
    for (let from = 0; from < extra; from += 5000) {
      const part = users.slice(from, from + 5000);
      await redis.sadd(keys().holders, ...part);
      const rows = part.map((user) => `(${couponId}, ${user}, ${user - 993}, 'T', 'FIXED', 1, NOW(3), NOW(3))`);
      await database.execute(
        `INSERT INTO user_coupon
         (coupon_id, user_id, sequence, name, discount_type, discount_amount, issued_at, persisted_at)
         VALUES ${rows.join(',')}`,
      );
    }
    const total = extra + 4 + 10;
    await database.execute('UPDATE coupon SET total_stock = ?, stock = 10 WHERE id = ?', [total, couponId]);
    await redis.set(keys().stock, total);
    await setSequence(extra + 6);
    const agreeing = await verify();
    assert.deepEqual(gapsOf(agreeing), {});
    assert.equal(agreeing.mysql?.rows, extra + 5);

    // Two rows of one number on both sides of a page's end: the tenth thousandth row, counted from 1.
    const [last] = await database.query<{ sequence: number }>(
      'SELECT sequence FROM user_coupon WHERE coupon_id = ? ORDER BY sequence, id LIMIT 9999, 1',
      [couponId],
    );
    await addRow(90_000, Number(last?.sequence));
    await redis.sadd(keys().holders, 90_000);
    await setStock(9);
    assert.deepEqual(gapsOf(await verify()), { duplicateSequences: 1 });
  });

  test('live mode finds nothing while coupons are granted and written all the time', async () => {
    await createAgreeing();
    const stock = 100_000;
    await database.execute('UPDATE coupon SET total_stock = ?, stock = ? WHERE id = ?', [stock, stock - 4, couponId]);
    await redis.set(keys().stock, stock);
    let going = true;
    const rush = (async () => {
      for (let sequence = 7; going; sequence++) {
        const user = 1000 + sequence;
        const grant = redis.multi().sadd(keys().holders, user).hincrby(keys().meta, 'sequence', 1);
        await grant.xadd(keys().outbox, '*', 's', sequence, 't', Date.now(), 'u', String(user)).exec();
        // Written a few grants later, as the persister does.
        if (sequence % 5 !== 0) continue;
        for (const [id, fields] of await redis.xrange(keys().outbox, '-', '+')) {
          const first = Number(fields[1]);
          await database.transaction(async (tx) => {
            await tx.execute(
              `INSERT INTO user_coupon
         (coupon_id, user_id, sequence, name, discount_type, discount_amount, issued_at, persisted_at)
               VALUES (?, ?, ?, 'T', 'FIXED', 1, NOW(3), NOW(3))`,
              [couponId, Number(fields[5]), first],
            );
            await tx.execute('UPDATE coupon SET stock = stock - 1 WHERE id = ?', [couponId]);
          });
          await redis.xdel(keys().outbox, id);
        }
      }
    })();
    try {
      for (let round = 0; round < 20; round++) assert.deepEqual(gapsOf(await verify('live')), {});
      await redis.sadd(keys().holders, 999_999);
      assert.deepEqual(gapsOf(await verify('live')), { holdersWithoutRow: 1 });
    } finally {
      going = false;
      await rush;
    }
  });
});
