// A connection at rest may be dropped silently by what stands between us and MySQL: no request is the one to find out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, openDatabase } from '../../../src/store/database.ts';
import { InsertConnection } from '../../../src/store/insert-connection.ts';
import { startForgetfulBalancer } from '../../support/forgetful-balancer.ts';
import { openMigrated } from '../../support/handover.ts';
import { freshDatabase, type Scope } from '../../support/servers.ts';

/** A machine under load needs some of it; a dead connection takes STATEMENT_MS, or for ever. */
const QUICK_MS = 1000;
const STATEMENT_MS = 5000;
const POOLS = 10;

function openMany(t: Scope, url: string): Database[] {
  return Array.from({ length: POOLS }, () => {
    const database = openDatabase(url, { connections: 3, timeoutMs: STATEMENT_MS });
    t.after(() => database.close());
    return database;
  });
}

/** @returns what a batch of an insert thread does */
function openInserts(t: Scope, mysqlUrl: string): () => Promise<void> {
  const inserts = new InsertConnection({ mysqlUrl, timeoutMs: STATEMENT_MS });
  t.after(async () => inserts.close());
  const task = { couponId: 404, epoch: 0, runs: [{ firstSequence: 1, issuedAtMs: 0, users: '7' }] };
  return async () => assert.equal((await inserts.write(task)).kind, 'permanent', 'there is no such coupon');
}

/** Each of its connections is in use at the same time. */
async function useAll(database: Database): Promise<void> {
  await Promise.all([1, 2, 3].map(() => database.query('SELECT SLEEP(0.05)')));
}

async function firstQueryMs(database: Database): Promise<number> {
  const startMs = performance.now();
  await database.query('SELECT 1');
  return Math.round(performance.now() - startMs);
}

test('connections at rest are not forgotten by a balancer, nor ended by MySQL', async (t) => {
  const mysqlUrl = await freshDatabase(t);
  await openMigrated(t, mysqlUrl);
  const balancer = await startForgetfulBalancer(t, Number(new URL(mysqlUrl).port), 4000);
  const pools = openMany(t, balancer.urlOf(mysqlUrl));
  const write = openInserts(t, balancer.urlOf(mysqlUrl));
  await Promise.all([...pools.map(useAll), write()]);
  const { made } = balancer;
  // Longer than the balancer remembers, and than MySQL waits for a silent session.
  await sleep(7000);
  for (const database of pools) assert.ok((await firstQueryMs(database)) < QUICK_MS);
  await write();
  assert.deepEqual([balancer.forgotten, balancer.made], [0, made], 'the same connections all the time');
});

test('when one at rest is found dead all are renewed, before anything is asked', async (t) => {
  const mysqlUrl = await freshDatabase(t);
  await openMigrated(t, mysqlUrl);
  const balancer = await startForgetfulBalancer(t, Number(new URL(mysqlUrl).port), 60_000);
  const url = balancer.urlOf(mysqlUrl);
  const pools = openMany(t, url);
  const write = openInserts(t, url);
  await Promise.all([...pools.map(useAll), write()]);
  balancer.forgetAll();
  assert.equal(balancer.forgotten, POOLS * 3 + 1);
  await sleep(3000);
  for (const database of pools) assert.ok((await firstQueryMs(database)) < QUICK_MS);
  const startMs = performance.now();
  await write();
  assert.ok(performance.now() - startMs < QUICK_MS, 'an insert thread as well');
});

test('a caller who meets a dead connection first spares the others', async (t) => {
  const mysqlUrl = await freshDatabase(t);
  const balancer = await startForgetfulBalancer(t, Number(new URL(mysqlUrl).port), 60_000);
  const database = openDatabase(balancer.urlOf(mysqlUrl), { connections: 3, timeoutMs: 1000 });
  t.after(() => database.close());
  await useAll(database);
  balancer.forgetAll();
  await assert.rejects(database.query('SELECT 1'), { code: 'QUERY_TIMEOUT' });
  await sleep(1500);
  assert.ok((await firstQueryMs(database)) < QUICK_MS);
});
