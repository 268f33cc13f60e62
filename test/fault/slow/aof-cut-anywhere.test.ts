import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { decide, newCoupon, numbers, openStores } from '../../support/coupon-stores.ts';
import { now } from '../../support/issue-client.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor, within } from '../../support/wait.ts';

function incrementalFile(folder: string): string {
  const files = readdirSync(join(folder, 'appendonlydir')).filter((name) => name.endsWith('.incr.aof'));
  return join(folder, 'appendonlydir', files.sort().at(-1) as string);
}

/** Every few bytes: a prime, so that the cuts fall into each part of a command. */
const STEP_BYTES = 23;

test('an append-only file cut at any byte: holders, sequence and outbox always agree', async (t) => {
  const stores = await openStores(t);
  const { server, redis } = stores;
  const couponId = await newCoupon(stores.database, 1000);
  await preloadCoupon(stores, couponId);
  await decide(redis, couponId, numbers(1, 5));
  await server.kill();
  const kept = readFileSync(incrementalFile(server.folder)).length;
  await server.restart();
  await waitFor('connected', () => redis.status === 'ready');
  await decide(redis, couponId, numbers(4, 9));
  await decide(redis, couponId, numbers(10, 12));
  await server.kill();
  const whole = `${server.folder}-whole`;
  t.after(async () => rmSync(whole, { recursive: true, force: true }));
  cpSync(join(server.folder, 'appendonlydir'), whole, { recursive: true });
  const size = readFileSync(incrementalFile(server.folder)).length;
  const { holders, meta, outbox } = couponKeys(couponId);
  const seen = new Set<number>();
  for (let cut = kept; cut <= size; cut = cut < size ? Math.min(size, cut + STEP_BYTES) : cut + 1) {
    rmSync(join(server.folder, 'appendonlydir'), { recursive: true });
    cpSync(whole, join(server.folder, 'appendonlydir'), { recursive: true });
    truncateSync(incrementalFile(server.folder), cut);
    await server.restart();
    const [members, sequence, entries] = await Promise.all([
      server.cli('SCARD', holders) as Promise<number>,
      server.cli('HGET', meta, 'sequence') as Promise<string>,
      server.cli('XRANGE', outbox, '-', '+') as Promise<[string, string[]][]>,
    ]);
    const waiting = entries.reduce((sum, [, fields]) => sum + (fields[5] as string).split(',').length, 0);
    assert.deepEqual([members, Number(sequence)], [waiting, waiting], `cut at byte ${cut} of ${size}`);
    seen.add(members);
    await server.kill();
  }
  assert.deepEqual([...seen], [5, 9, 12], 'each batch is there as a whole or not at all');
});

test('a torn last transaction, as a crash leaves it, costs no grant that was answered', async (t) => {
  const scene = await startScene(t, { stock: 700 });
  const { server } = scene.stores;
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 250);
  await server.kill();
  const { appendFileSync } = await import('node:fs');
  appendFileSync(incrementalFile(server.folder), '*1\r\n$5\r\nMULTI\r\n*4\r\n$4\r\nSADD\r\n$14\r\nissue:coup');
  await server.restart();
  const backMs = now();
  const first = await within(5000, 'a coupon is granted again', rush.nextGrant());
  t.diagnostic(`first grant ${Math.round(first.endedAtMs - backMs)} ms after Redis was back`);
  const proof = await scene.prove(await rush.done);
  assert.equal(proof.rows, 700);
});
