// What turns read-only under our connections, and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mysql from 'mysql2/promise';
import { openDatabase } from '../../../src/store/database.ts';
import { InsertConnection } from '../../../src/store/insert-connection.ts';
import { createCoupon, openMigrated } from '../../support/handover.ts';
import { startMysql } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const SOON_MS = 4000;

test('nothing is written to a read-only server, also by a user who may, until it takes writes', async (t) => {
  const { mysqlUrl } = await startMysql(t);
  await createCoupon(await openMigrated(t, mysqlUrl), 1, 1000);
  const database = openDatabase(mysqlUrl, { connections: 2, timeoutMs: 5000 });
  const inserts = new InsertConnection({ mysqlUrl, timeoutMs: 5000 });
  const operator = await mysql.createConnection(mysqlUrl);
  t.after(async () => {
    inserts.close();
    operator.destroy();
    await database.close();
  });
  let sequence = 0;
  const write = async () => {
    sequence += 1;
    const runs = [{ firstSequence: sequence, issuedAtMs: 1_700_000_000_000, users: String(sequence) }];
    const outcome = await inserts.write({ couponId: 1, epoch: 0, runs });
    return outcome.kind === 'transient' ? outcome.code : outcome.kind;
  };
  assert.equal(await write(), 'written');
  for (const how of ['read_only = 1', 'read_only = 0']) {
    await operator.query(`SET GLOBAL ${how}`);
    const refused = how === 'read_only = 1' ? 'MYSQL_READ_ONLY' : 'written';
    // Busy all the time: it is not at rest that they find out.
    await waitFor(`inserts after ${how}`, async () => (await write()) === refused, { withinMs: SOON_MS });
    const change = () =>
      database.execute('UPDATE coupon SET name = name').then(
        () => 'written',
        (error) => String(error.code),
      );
    await waitFor(`moves after ${how}`, async () => (await change()) === refused, { withinMs: SOON_MS });
    const move = () => database.transaction(async (tx) => tx.query('SELECT id FROM coupon FOR UPDATE'));
    if (refused === 'MYSQL_READ_ONLY') await assert.rejects(move(), { code: refused });
    else await move();
    assert.equal((await database.query('SELECT id FROM coupon')).length, 1, 'reading goes on');
  }
});

test('a connection is closed after an error that is not about its statement, and kept after one that is', async (t) => {
  const { mysqlUrl } = await startMysql(t);
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 5000 });
  t.after(() => database.close());
  await database.execute('CREATE TABLE thing (id BIGINT PRIMARY KEY)');
  await database.execute('INSERT INTO thing VALUES (1)');
  const id = async () => (await database.query<{ id: number }>('SELECT CONNECTION_ID() AS id'))[0]?.id;
  const before = await id();
  await assert.rejects(database.execute('INSERT INTO thing VALUES (1)'), { code: 'ER_DUP_ENTRY' });
  assert.equal(await id(), before);
  for (const errno of [1290, 1792, 1836, 1223, 3100, 1047]) {
    const before = await id();
    await assert.rejects(
      database.query(`SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}, MESSAGE_TEXT = 'no'`),
      /no/,
    );
    assert.notEqual(await id(), before, String(errno));
  }
});
