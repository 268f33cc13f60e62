// A thread that stands still in the middle of a batch, between its two packets, with its rows locked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertBatch } from '../../../src/store/insert-batch.ts';
import { InsertConnection, insertOptions } from '../../../src/store/insert-connection.ts';
import { connect } from '../../../src/store/session.ts';
import { createCoupon, openMigrated } from '../../support/handover.ts';
import { freshDatabase } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const task = { couponId: 1, epoch: 0, runs: [{ firstSequence: 1, issuedAtMs: 1_700_000_000_123, users: '7,8,9' }] };

test('who takes a batch over waits seconds for a frozen writer', async (t) => {
  const mysqlUrl = await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  await createCoupon(database, 1, 10);
  const options = { mysqlUrl, timeoutMs: 10_000 };
  const other = new InsertConnection(options);
  const { connection: frozen } = await connect(mysqlUrl, { timeoutMs: 10_000, connection: insertOptions });
  t.after(async () => {
    other.close();
    frozen.destroy();
  });
  assert.equal((await other.write({ ...task, couponId: 404 })).kind, 'permanent');
  let packets = 0;
  void insertBatch(async (sql) => {
    packets += 1;
    if (packets > 1) return new Promise(() => {});
    const [result] = await frozen.query(sql);
    return result as never;
  }, task);
  await waitFor('it stands between its packets', () => packets === 2);

  const outcome = await waitFor('the other one has written', async () => {
    const tried = await other.write(task);
    return tried.kind === 'written' ? tried : null;
  });
  assert.deepEqual(outcome, { kind: 'written', inserted: 3, duplicates: 0, refused: [] });
});
