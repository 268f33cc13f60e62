// The commands from another folder, with the address of an admin API and a token, and nothing else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openDatabase } from '../../../src/store/database.ts';
import { ADMIN_TOKEN, startApp } from '../../support/app.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { runCli, runCliIn } from '../../support/cli.ts';
import { insertRows, numbers } from '../../support/coupon-stores.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('an event from a laptop that knows no password of a database', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const folder = testFolder('laptop');
  const env = { COUPONRUSH_ADMIN_URL: `${app.adminUrl}/`, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const run = (...args: string[]) => runCliIn(folder, env, ...args);
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads is what it checks
  const cli = async (...args: string[]): Promise<any> => {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  };
  const issue = async (userId: number) => {
    const headers = { 'Commerce-User-Id': String(userId) };
    return (await fetch(`${app.url}/api/v2/me/coupons/${id}/issue`, { method: 'POST', headers })).status;
  };
  const { coupon } = await cli(...['coupon', 'create', '--name', '봄 세일', '--stock', '5', '--discount', '15%']);
  const id = String(coupon.id);
  assert.deepEqual([coupon.state, coupon.name], ['DRAFT', '봄 세일']);
  const later = await cli('coupon', 'edit', id, '--closes-at', '+2h');
  assert.ok(Math.abs(Date.parse(later.coupon.closesAt) - Date.now() - 7_200_000) < 60_000);
  assert.equal((await cli('coupon', 'preload', id)).changed, true);
  await waitFor('a user is issued it', async () => (await issue(1)) === 201);
  assert.equal((await cli('coupon', 'pause', id, '--reason', 'wrong price')).coupon.state, 'PAUSED');
  assert.equal(await issue(2), 400);
  assert.equal((await cli('coupon', 'resume', id)).coupon.state, 'OPEN');
  await waitFor('it is issued again', async () => (await issue(2)) === 201);
  assert.equal((await cli('coupon', 'restock', id, '--add', '2')).coupon.totalStock, 7);
  await waitFor('both rows are there', async () => (await cli('verify', id)).mysql.rows === 2);
  assert.equal((await cli('coupon', 'revoke', id, '2', '--yes')).changed, true);
  assert.equal((await cli('rebuild', id, '--yes')).holders, 1);
  assert.equal((await cli('coupon', 'show', id)).live.revoked, 1);
  assert.equal((await cli('coupon', 'list')).coupons[0].id, coupon.id);
  assert.equal((await cli('status')).gate, 'open');
  assert.deepEqual((await cli('dead', 'list', id)).letters, []);
  assert.deepEqual(await cli('dead', 'redrive', id, '--all'), { ok: true, sent: 0 });
  const winners = (await run('coupon', 'winners', id)).stdout.trimEnd().split('\n');
  assert.equal(winners[0], 'sequence,userId,state,issuedAt,persistedAt');
  assert.deepEqual(
    winners.slice(1).map((line) => line.split(',').slice(0, 3).join()),
    ['1,1,ISSUED', '2,2,REVOKED'],
  );
  assert.equal((await cli('coupon', 'close', id, '--yes')).drained, true);
  assert.equal((await cli('coupon', 'archive', id, '--yes')).verification.ok, true);
  const { records } = await cli('audit', '--coupon', id, '--limit', '50');
  assert.deepEqual(new Set(records.map(({ result }: { result: string }) => result)), new Set(['APPLIED']));
  assert.match(records[0].actor, /^api \S+@\S+ from 127\.0\.0\.1$/);

  const port = await runCliIn(folder, { ...env, COUPONRUSH_ADMIN_URL: app.url }, 'status');
  assert.deepEqual([port.code, port.stdout], [1, '']);
  assert.match(port.stderr, /no such admin API at \S+ \(404\): is this PORT instead of ADMIN_PORT/);
  // A refusal keeps its code, what is not for here says so, and both leave standard output to JSON.
  const refused = await run('coupon', 'resume', id, '--json');
  assert.deepEqual([refused.code, JSON.parse(refused.stdout).code], [1, 'STATE_CONFLICT']);
  for (const command of [['migrate'], ['spike']]) {
    const { code, stdout, stderr } = await run(...command);
    assert.deepEqual([code, stdout], [2, ''], command.join());
    assert.match(stderr, /^couponrush: [^\n]* does not work with COUPONRUSH_ADMIN_URL[^\n]*\n$/);
  }
});

test('a long list of winners comes whole, and in order', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const env = { COUPONRUSH_ADMIN_URL: app.adminUrl, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const COUNT = 60_000;
  const folder = testFolder('laptop');
  const run = (...args: string[]) => runCliIn(folder, env, ...args);
  const created = await run('coupon', 'create', '--name', 'x', '--stock', String(COUNT), '--discount', '5%', '--json');
  const { id } = JSON.parse(created.stdout).coupon;
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 30_000 });
  await insertRows(database, id, numbers(1, COUNT));
  await database.close();
  const { code, stdout } = await run('coupon', 'winners', String(id), '--json');
  assert.equal(code, 0);
  const sequences = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).sequence);
  assert.deepEqual(sequences, numbers(1, COUNT));
});

test('a server that is wrong, away, or not ours is one sentence', async (t) => {
  const answers = createServer((request, response) => {
    if (request.url?.startsWith('/moved')) response.writeHead(302, { Location: 'https://x.example/' }).end();
    else if (request.url?.startsWith('/gone')) request.destroy();
    else if (request.url?.startsWith('/cut')) {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 99 }).write('{"coupons"');
      setTimeout(() => response.destroy(), 50);
    } else response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>It works</h1>');
  }).listen(0, '127.0.0.1');
  await once(answers, 'listening');
  t.after(() => new Promise<void>((resolve) => answers.close(() => resolve())));
  const base = `http://127.0.0.1:${(answers.address() as AddressInfo).port}`;
  const token = { COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const cases: readonly (readonly [Record<string, string>, number, RegExp])[] = [
    [
      { COUPONRUSH_ADMIN_URL: 'http://127.0.0.1:1', ...token },
      1,
      /at http:\/\/127\.0\.0\.1:1 can't be reached: ECONNREFUSED\n$/,
    ],
    [
      { COUPONRUSH_ADMIN_URL: 'http://no-such-host.invalid', ...token },
      1,
      /can't be reached: (ENOTFOUND|EAI_AGAIN)\n$/,
    ],
    [
      { COUPONRUSH_ADMIN_URL: base.replace('http', 'https'), ...token },
      1,
      /can't be reached: (EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)\n$/,
    ],
    [{ COUPONRUSH_ADMIN_URL: base, ...token }, 1, /is not an admin API of couponrush \(status 200\)\n$/],
    [{ COUPONRUSH_ADMIN_URL: `${base}/moved`, ...token }, 1, /redirects to https:\/\/x\.example\/: set/],
    [{ COUPONRUSH_ADMIN_URL: `${base}/cut/`, ...token }, 1, /broke off: /],
    [{ COUPONRUSH_ADMIN_URL: 'ftp://x', ...token }, 2, /COUPONRUSH_ADMIN_URL must be http/],
    [{ COUPONRUSH_ADMIN_URL: 'http://u:secret@x/', ...token }, 2, /COUPONRUSH_ADMIN_URL must be http/],
    [{ COUPONRUSH_ADMIN_URL: base }, 2, /COUPONRUSH_ADMIN_URL and COUPONRUSH_ADMIN_TOKEN .* go together/],
    [token, 2, /go together/],
    [
      { COUPONRUSH_ADMIN_URL: base, COUPONRUSH_ADMIN_TOKEN_FILE: '/none' },
      2,
      /can't be read from COUPONRUSH_ADMIN_TOKEN_FILE/,
    ],
  ];
  const runs = await Promise.all(cases.map(([env]) => runCliIn(testFolder('laptop'), env, 'coupon', 'list')));
  for (const [index, [, code, sentence]] of cases.entries()) {
    const run = runs[index] as (typeof runs)[number];
    assert.deepEqual([run.code, run.stdout], [code, ''], run.stderr);
    assert.match(run.stderr, sentence);
    assert.doesNotMatch(run.stderr, /secret@|token-of-the-tests| {4}at /);
  }
  // Of a move that was sent it is not known what came of it.
  const hasty = { COUPONRUSH_ADMIN_URL: `${base}/gone`, ...token };
  const pause = await runCliIn(testFolder('laptop'), hasty, 'coupon', 'pause', '1', '--json');
  assert.equal(pause.code, 1);
  assert.match(JSON.parse(pause.stdout).error, /can't be reached: ECONNRESET\. Whether it was done is not known/);
});

test('a certificate is checked, and one of your own authority is trusted if it is named', async (t) => {
  const { caFile, certFile, keyFile } = makeCertificates();
  const server = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_request, response) =>
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"coupons":[]}'),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { COUPONRUSH_ADMIN_URL: url, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const strange = await runCli(env, 'coupon', 'list');
  assert.equal(strange.code, 1);
  assert.match(strange.stderr, /the certificate of https:\S+ is not trusted \(\w+\): .*NODE_EXTRA_CA_CERTS\n$/);
  const known = await runCli({ ...env, NODE_EXTRA_CA_CERTS: caFile }, 'coupon', 'list');
  assert.deepEqual([known.code, known.stdout], [0, 'There is no coupon yet.\n'], known.stderr);
});
