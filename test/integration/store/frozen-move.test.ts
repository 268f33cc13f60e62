// Who locks a coupon's row and stands still (a paused machine, a partition) must not keep everyone from that coupon.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, openDatabase } from '../../../src/store/database.ts';
import { InsertConnection } from '../../../src/store/insert-connection.ts';
import { newCoupon } from '../../support/coupon-stores.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { freezeInMove } from '../../support/frozen-mover.ts';
import { openMigrated } from '../../support/handover.ts';
import { freshDatabase } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const FREE_WITHIN_MS = 6000;

async function openCoupon(database: Database): Promise<number> {
  const couponId = await newCoupon(database, 10);
  await database.execute("UPDATE coupon SET state = 'OPEN' WHERE id = ?", [couponId]);
  return couponId;
}

/** A persister's rows of this coupon. @returns milliseconds until they were written */
async function writeRows(mysqlUrl: string, couponId: number): Promise<number> {
  const inserts = new InsertConnection({ mysqlUrl, timeoutMs: 10_000 });
  const startMs = performance.now();
  try {
    const task = { couponId, epoch: 0, runs: [{ firstSequence: 1, issuedAtMs: 1_700_000_000_000, users: '7,8,9' }] };
    await waitFor('rows are written', async () => (await inserts.write(task)).kind === 'written');
    return performance.now() - startMs;
  } finally {
    inserts.close();
  }
}

// Each of them mostly waits.
describe('a frozen mover', { concurrency: true }, () => {
  test('a process frozen inside a move keeps the row for seconds, and its move is lost as a whole', async (t) => {
    const mysqlUrl = await freshDatabase(t);
    const database = await openMigrated(t, mysqlUrl);
    const couponId = await openCoupon(database);
    const mover = await freezeInMove(t, mysqlUrl, couponId);
    try {
      const tookMs = await writeRows(mysqlUrl, couponId);
      assert.ok(tookMs < FREE_WITHIN_MS, `written after ${Math.round(tookMs)} ms`);
      assert.match(await mover.resume(), /^(SESSION_LOST|PROTOCOL_CONNECTION_LOST|ECONNRESET|EPIPE)$/);
    } finally {
      mover.kill();
    }
    const [coupon] = await database.query('SELECT state, version, stock FROM coupon WHERE id = ?', [couponId]);
    assert.deepEqual(coupon, { state: 'OPEN', version: 0, stock: 7 });
  });

  test('so does one whose network is cut, and one that is only slow keeps it until it is done', async (t) => {
    const mysqlUrl = await freshDatabase(t);
    const database = await openMigrated(t, mysqlUrl);
    const [cut, slow] = [await openCoupon(database), await openCoupon(database)];
    const proxy = await FaultProxy.start(t, Number(new URL(mysqlUrl).port));
    const behind = openDatabase(proxy.urlOf(mysqlUrl), { connections: 1, timeoutMs: 30_000 });
    const release = new AbortController();
    let locked = false;
    const lost = behind.transaction(async (tx) => {
      await tx.query('SELECT id FROM coupon WHERE id = ? FOR UPDATE', [cut]);
      locked = true;
      await sleep(20_000, undefined, { signal: release.signal }).catch(() => {});
      await tx.execute('UPDATE coupon SET version = version + 1 WHERE id = ?', [cut]);
    });
    const ended = assert.rejects(lost);
    await waitFor('the row is locked', () => locked);
    proxy.blackhole();
    // Longer than the server waits for a silent one: what it waits for is another server, which has time.
    const kept = database.transaction(async (tx) => {
      await tx.query('SELECT id FROM coupon WHERE id = ? FOR UPDATE', [slow]);
      await sleep(6500);
      await tx.execute('UPDATE coupon SET version = version + 1 WHERE id = ?', [slow]);
    });
    const tookMs = await writeRows(mysqlUrl, cut).finally(() => proxy.heal());
    assert.ok(tookMs < FREE_WITHIN_MS, `written after ${Math.round(tookMs)} ms`);
    await kept;
    release.abort();
    await ended;
    await behind.close();
    const versions = await database.query('SELECT id, version FROM coupon ORDER BY id');
    assert.deepEqual(versions, [
      { id: cut, version: 0 },
      { id: slow, version: 1 },
    ]);
  });
});
