// The writer is replaced by another server, to which its name then leads. Connections that are
// open stay with the old one, which is read-only (Aurora, Group Replication, a promoted replica) or dead.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { couponKeys } from '../../src/redis/keys.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrateSchema } from '../../src/store/migrate-schema.ts';
import { mysqlUrlOfApp } from './app-user.ts';
import { silent } from './coupon-stores.ts';
import { startScene } from './scene.ts';
import { scrape } from './scrape.ts';
import { startMysql } from './servers.ts';
import { waitFor } from './wait.ts';

const ROWS_WITHIN_MS = 10_000;

/** What replication has done by the time a replica is promoted. */
async function copyRows(fromUrl: string, toUrl: string): Promise<void> {
  const from = await mysql.createConnection({ uri: fromUrl, dateStrings: true, timezone: 'Z' });
  const to = await mysql.createConnection({ uri: toUrl, dateStrings: true, timezone: 'Z' });
  try {
    for (const table of ['coupon', 'user_coupon', 'coupon_audit']) {
      const [rows] = await from.query<RowDataPacket[]>(`SELECT * FROM ${table}`);
      if (rows.length === 0) continue;
      await to.query(`INSERT INTO ${table} (??) VALUES ?`, [Object.keys(rows[0] ?? {}), rows.map(Object.values)]);
    }
  } finally {
    from.destroy();
    to.destroy();
  }
}

export async function proveFailover(t: TestContext, how: 'turns read-only' | 'is killed'): Promise<void> {
  const scene = await startScene(t, { stock: 3000, mysql: {}, mysqlProxy: true });
  const successor = await startMysql(t);
  await migrateSchema(mysqlUrlOfApp(successor.mysqlUrl), successor.mysqlUrl, silent);
  const rows = openDatabase(successor.mysqlUrl, { connections: 2, timeoutMs: 5000 });
  t.after(() => rows.close());
  const { app, couponId, stores } = scene;
  const { outbox, dead } = couponKeys(couponId);
  const children = app.pids('');
  const mysqlUp = async () => (await scrape(app.metricsUrl)).sum('couponrush_store_up', { store: 'mysql' });
  const readiness = async () => JSON.stringify(await (await fetch(`${app.url}/readyz`)).json());

  const rush = scene.rush({ perSecond: 100, seconds: 6 });
  await waitFor('rows are written', async () => (await scene.countRows()) > 50);
  await stores.database.query('SET GLOBAL read_only = 1');
  await copyRows(scene.mysql.mysqlUrl, successor.mysqlUrl);
  if (how === 'is killed') await scene.mysql.kill();
  await waitFor('the metrics say so', async () => (await mysqlUp()) === 0);
  await waitFor('so does the readiness', async () => /"mysql":"(read-only|unreachable): /.test(await readiness()));
  await waitFor('the outbox grows', async () => (await stores.redis.xlen(outbox)) > 20);
  scene.mysqlProxy.retarget(successor.port);
  const movedMs = performance.now();
  const countRows = async () => {
    const [row] = await rows.query<{ n: number }>('SELECT COUNT(*) AS n FROM user_coupon');
    return row?.n ?? 0;
  };
  const before = await countRows();
  await waitFor('rows go to the new writer', async () => (await countRows()) > before, { withinMs: ROWS_WITHIN_MS });
  t.diagnostic(`rows after ${Math.round(performance.now() - movedMs)} ms`);
  await waitFor('the metrics say so', async () => (await mysqlUp()) === 1);
  await waitFor('each HTTP worker says so', async () => /"mysql":"usable"/.test(await readiness()));

  const history = await rush.done;
  assert.deepEqual(
    history.filter(({ status }) => status !== 201),
    [],
    'issuing does not notice',
  );
  await scene.prove(history, { stores: { redis: stores.redis, database: rows } });
  assert.equal(await stores.redis.xlen(dead), 0, 'dead letters');
  assert.deepEqual(app.pids(''), children, 'nothing was restarted');
}
