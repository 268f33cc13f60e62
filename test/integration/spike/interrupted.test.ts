// Ctrl-C in a spike, as a terminal sends it: to the command and its generators at once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../../src/project.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

const USERS = 40;
const ANSWERED = 30;

test('a spike that is interrupted says how far it came, and that nothing is proven', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 5);
  let ready = false;
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.url === '/readyz') {
      if (ready) response.end('ready');
      return;
    }
    if (request.method === 'GET') return void response.writeHead(404).end();
    asked += 1;
    if (asked <= ANSWERED) response.writeHead(400).end(JSON.stringify({ code: 'OUT_OF_STOCK_COUPON' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;

  const interrupt = async (isDue: () => boolean, signal: 'SIGINT' | 'SIGTERM', ...more: string[]) => {
    const args = ['spike', '--users', String(USERS), '--coupon', String(couponId), ...more];
    const child = spawn(
      process.execPath,
      [join(projectRoot, 'dist/src/cli.js'), ...args, '--url', `http://127.0.0.1:${port}`],
      // A process group of its own, as a terminal makes one.
      { detached: true, env: { ...process.env, REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl } },
    );
    t.after(() => child.kill('SIGKILL'));
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const closed = once(child, 'close');
    await waitFor('it can be interrupted', isDue, { withinMs: 30_000 });
    process.kill(signal === 'SIGINT' ? -(child.pid as number) : (child.pid as number), signal);
    const [code] = await closed;
    return { code, stdout, stderr };
  };

  let asksForReady = false;
  server.on('request', ({ url }) => {
    asksForReady ||= url === '/readyz';
  });
  const early = await interrupt(() => asksForReady, 'SIGINT');
  assert.deepEqual(early, { code: 130, stdout: '', stderr: 'couponrush: interrupted before the first request\n' });

  ready = true;
  const late = await interrupt(() => asked === USERS, 'SIGINT');
  assert.equal(late.code, 130);
  const sentence =
    `interrupted: ${ANSWERED} answers, ${USERS - ANSWERED} requests open, nothing proven; ` +
    `run \`couponrush verify ${couponId} --live\``;
  assert.ok(late.stderr.endsWith(`\ncouponrush: ${sentence}\n`), late.stderr);
  assert.equal(late.stdout, '');

  asked = 0;
  const json = await interrupt(() => asked === USERS, 'SIGTERM', '--json');
  assert.equal(json.code, 143);
  assert.deepEqual(JSON.parse(json.stdout), { ok: false, error: sentence });
});
