// Clients that send slowly, endlessly, or too much: closed within a bound, with the memory flat and the others served.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startApp } from '../../support/app.ts';
import { issue } from '../../support/ask.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const CLOSED_WITHIN_MS = 14_000;
const MEMORY_GROWTH_MAX_BYTES = 40 * 2 ** 20;
const HEAD = 'POST /api/v2/me/coupons/1/issue HTTP/1.1\r\nHost: c\r\nCommerce-User-Id: 9\r\n';

function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return sum + Number(kilobytes) * 1024;
  }, 0);
}

/** Writes part after part, as fast as the server reads or every `everyMs`. @returns milliseconds until it was closed */
function closedAfter(port: number, parts: Iterable<string | Buffer>, everyMs = 0): Promise<number> {
  return new Promise((resolve) => {
    const startMs = performance.now();
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => resolve(performance.now() - startMs));
    socket.resume();
    const rest = parts[Symbol.iterator]();
    const next = () => {
      const { value, done } = rest.next();
      if (done || socket.destroyed) return;
      socket.write(value, () => setTimeout(next, everyMs));
    };
    socket.on('connect', next);
  });
}

function* times<T>(count: number, part: T): Generator<T> {
  for (let n = 0; n < count; n++) yield part;
}

test('hostile clients', async (t) => {
  const redis = await startRedis(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl: await freshDatabase(t) });
  const workers = app.pids('http');
  await issue(app.url, 1, 1);
  const before = residentBytes(workers);
  const megabyte = Buffer.alloc(2 ** 20, 'x');

  await Promise.all([
    t.test('bodies of ten megabytes are closed at once', async () => {
      for (const header of [`Content-Length: ${10 * 2 ** 20}`, 'Transfer-Encoding: chunked']) {
        const start = [`${HEAD}${header}\r\n\r\n`, ...times(10, megabyte)];
        const durations = await Promise.all([...times(20, start)].map((parts) => closedAfter(app.port, parts)));
        assert.ok(Math.max(...durations) < 5000, String(Math.max(...durations)));
      }
    }),
    t.test('endless headers are closed', async () => {
      const endless = [HEAD, ...times(10_000, `X-Long: ${'x'.repeat(1000)}\r\n`)];
      const durations = await Promise.all([...times(20, endless)].map((parts) => closedAfter(app.port, parts)));
      assert.ok(Math.max(...durations) < CLOSED_WITHIN_MS, String(Math.max(...durations)));
    }),
    t.test('headers that trickle are closed, however lively they are', async () => {
      const trickle = [HEAD, ...times(1000, 'X: y\r\n')];
      const durations = await Promise.all([...times(50, trickle)].map((parts) => closedAfter(app.port, parts, 100)));
      t.diagnostic(`trickling headers: closed after ${(Math.max(...durations) / 1000).toFixed(1)} s`);
      assert.ok(Math.max(...durations) < CLOSED_WITHIN_MS, String(Math.max(...durations)));
    }),
    t.test('connections that say nothing are closed', async () => {
      const durations = await Promise.all([...times(50, ['P'])].map((parts) => closedAfter(app.port, parts)));
      assert.ok(Math.max(...durations) < CLOSED_WITHIN_MS, String(Math.max(...durations)));
    }),
    t.test('others are served meanwhile', async () => {
      for (let user = 100; user < 200; user++) {
        const startMs = performance.now();
        assert.equal((await issue(app.url, 1, user)).status, 201);
        assert.ok(performance.now() - startMs < 1500);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }),
  ]);

  const grown = residentBytes(workers) - before;
  t.diagnostic(`memory of ${workers.length} workers grew by ${(grown / 2 ** 20).toFixed(1)} MiB`);
  assert.ok(grown < MEMORY_GROWTH_MAX_BYTES, String(grown));
  assert.deepEqual(app.pids('http'), workers);
  assert.equal(await redis.cli('SISMEMBER', 'issue:coupon:1', 9), 0);
});
