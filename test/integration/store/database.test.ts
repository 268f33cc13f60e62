import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '../../../src/errors.ts';
import { openDatabase, type SqlValue } from '../../../src/store/database.ts';
import { freshDatabase } from '../../support/servers.ts';

const transient = (code: string) => (error: unknown) =>
  error instanceof OperationalError && error.persistence === 'transient' && error.code === code;

test('a statement without an answer ends by its deadline, and the pool is whole afterwards', async (t) => {
  const database = openDatabase(await freshDatabase(t), { connections: 1, timeoutMs: 200 });
  t.after(() => database.close());
  await database.query('SELECT 1');
  await assert.rejects(database.query('SELECT SLEEP(5)'), transient('QUERY_TIMEOUT'));
  assert.deepEqual(await database.query('SELECT 2 AS two'), [{ two: 2 }]);
  assert.deepEqual(database.usage(), { limit: 1, inUse: 0, waiting: 0 });
});

test('waiting for a connection has a deadline and the queue a limit', async (t) => {
  const database = openDatabase(await freshDatabase(t), { connections: 1, timeoutMs: 300, queueMax: 1 });
  t.after(() => database.close());
  await database.transaction(async () => {
    const waiting = database.query('SELECT 1');
    assert.equal(database.usage().waiting, 1);
    await assert.rejects(database.query('SELECT 1'), transient('POOL_QUEUE_FULL'));
    await assert.rejects(waiting, transient('ACQUIRE_TIMEOUT'));
  });
  assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }], 'a late connection went back to the pool');
});

test('a transaction commits, or leaves nothing and passes on what was thrown', async (t) => {
  const database = openDatabase(await freshDatabase(t), { connections: 2, timeoutMs: 5000 });
  t.after(() => database.close());
  await database.execute('CREATE TABLE thing (id BIGINT PRIMARY KEY AUTO_INCREMENT, at DATETIME(3) NULL)');
  const at = new Date('2026-03-29T01:30:00.123Z');
  const done = await database.transaction((tx) => tx.execute('INSERT INTO thing (at) VALUES (?)', [at]));
  assert.deepEqual(done, { affectedRows: 1, insertId: 1 });
  const mine = new Error('mine');
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.execute('INSERT INTO thing (at) VALUES (?)', [null]);
      throw mine;
    }),
    (error) => error === mine,
  );
  assert.deepEqual(await database.query('SELECT * FROM thing'), [{ id: 1, at }], 'UTC in, UTC out');
});

test('errors of the server are classified, and ids keep every digit', async (t) => {
  const database = openDatabase(await freshDatabase(t), { connections: 1, timeoutMs: 5000 });
  t.after(() => database.close());
  await database.execute('CREATE TABLE thing (id BIGINT PRIMARY KEY)');
  await database.execute('INSERT INTO thing VALUES (?), (?)', [Number.MAX_SAFE_INTEGER, 9_223_372_036_854_775_807n]);
  assert.deepEqual(await database.query('SELECT id FROM thing WHERE id IN (?) ORDER BY id', [[1, 2 ** 53 - 1]]), [
    { id: 2 ** 53 - 1 },
  ]);
  await assert.rejects(
    database.execute('INSERT INTO thing VALUES (?)', [2 ** 53 - 1]),
    (error) => error instanceof OperationalError && error.persistence === 'permanent' && error.code === 'ER_DUP_ENTRY',
  );
  await assert.rejects(database.query('SELECT * FROM absent'), transient('ER_NO_SUCH_TABLE'));
});

test('an object as a parameter never reaches the statement', async (t) => {
  const database = openDatabase('mysql://nobody@127.0.0.1:1/none', { connections: 1, timeoutMs: 200 });
  t.after(() => database.close());
  await assert.rejects(database.query('SELECT 1'), transient('ECONNREFUSED'));
  const open = openDatabase(await freshDatabase(t), { connections: 1, timeoutMs: 5000 });
  t.after(() => open.close());
  for (const value of [{ id: 1 }, [], [[1]], undefined, Number.NaN, true, new Date(Number.NaN)]) {
    await assert.rejects(open.query('SELECT ?', [value as unknown as SqlValue]), TypeError);
  }
});
