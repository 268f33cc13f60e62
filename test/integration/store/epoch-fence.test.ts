import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InsertConnection } from '../../../src/store/insert-connection.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

const batch = (couponId: number, epoch: number, users: string) => ({
  couponId,
  epoch,
  runs: [{ firstSequence: 1, issuedAtMs: 1_700_000_000_000, users }],
});

test('rows that were read under an earlier epoch are not written', async (t) => {
  const { database, mysqlUrl } = await openStores(t);
  const couponId = await newCoupon(database, 10);
  const insert = new InsertConnection({ mysqlUrl, timeoutMs: 5000 });
  t.after(async () => insert.close());
  await database.execute('UPDATE coupon SET epoch = 3');
  assert.deepEqual(await insert.write(batch(couponId, 2, '1,2')), { kind: 'fenced' });
  assert.equal((await insert.write(batch(couponId, 3, '1,2'))).kind, 'written');
});

test('an epoch that rises while a batch waits for the lock of its coupon undoes the batch', async (t) => {
  const { database, mysqlUrl } = await openStores(t);
  const couponId = await newCoupon(database, 10);
  const insert = new InsertConnection({ mysqlUrl, timeoutMs: 5000 });
  t.after(async () => insert.close());
  let write: Promise<unknown> | undefined;
  await database.transaction(async (tx) => {
    await tx.execute('UPDATE coupon SET epoch = epoch + 1 WHERE id = ?', [couponId]);
    write = insert.write(batch(couponId, 0, '1,2'));
    const isWaiting = async () => {
      const [row] = await database.query<{ n: number }>(
        "SELECT COUNT(*) AS n FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
      );
      return row?.n === 1;
    };
    // The server renews this table only for who has not asked for 100 ms.
    await waitFor('the batch waits', isWaiting, { everyMs: 150 });
  });
  assert.deepEqual(await write, { kind: 'fenced' });
  assert.deepEqual(await database.query('SELECT user_id FROM user_coupon'), []);
  assert.deepEqual(await database.query('SELECT stock FROM coupon'), [{ stock: 10 }]);
  assert.equal((await insert.write(batch(couponId, 1, '1,2'))).kind, 'written');
});
