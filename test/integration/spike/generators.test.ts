// The load generator against a small server of the test's own, whose answer depends on the user id.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { Generators, processesFor } from '../../../src/spike/generators.ts';
import { summarize } from '../../../src/spike/summary.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait.ts';

type Answer = (user: number, request: IncomingMessage, response: ServerResponse) => void;

async function startServer(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    answer(Number(request.headers['commerce-user-id']), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function burst(t: TestContext, url: string, users: number[], timeoutSeconds = 10): Promise<Attempt[]> {
  const generators = await Generators.start(users.length);
  t.after(() => generators.close());
  const { answered, record } = generators.run({ url, couponId: 7, users, timeoutSeconds });
  const first = await Promise.race([answered.then(() => 'answered'), record.then(() => 'record')]);
  assert.equal(first, 'answered');
  const attempts = await record;
  return attempts.sort((a, b) => Number(a.user) - Number(b.user));
}

function json(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(content));
}

test('each answer, and each kind of no answer, is recorded under its user', async (t) => {
  const url = await startServer(t, (user, request, response) => {
    assert.equal(request.method, 'POST');
    assert.equal(request.url, '/api/v2/me/coupons/7/issue');
    if (user === 1) json(response, 201, { couponId: 7, userId: 1, sequence: 41 });
    if (user === 2) json(response, 400, { code: 'OUT_OF_STOCK_COUPON' });
    if (user === 3) json(response, 201, { couponId: 7, userId: 99, sequence: 42 });
    if (user === 4) response.writeHead(500).end('<html>');
    if (user === 5) request.socket.resetAndDestroy();
    if (user === 6) request.socket.end();
    if (user === 8) {
      response.writeHead(201, { 'Content-Length': 100 }).write('{"sequence":');
      request.socket.end();
    }
    // 7 is never answered.
  });
  const attempts = await burst(t, url, [1, 2, 3, 4, 5, 6, 7, 8], 1);
  assert.deepEqual(
    attempts.map(({ user, status, code, sequence, error }) => [user, status, code, sequence, error]),
    [
      [1, 201, null, 41, null],
      [2, 400, 'OUT_OF_STOCK_COUPON', null, null],
      [3, 201, null, null, 'granted to another user than asked'],
      [4, 500, null, null, 'the body is not JSON'],
      [5, null, null, null, 'ECONNRESET'],
      [6, null, null, null, 'closed without an answer'],
      [7, null, null, null, 'no answer in time'],
      [8, null, null, null, 'closed without an answer'],
    ],
  );
  for (const { startedAtMs, sentAtMs, endedAtMs } of attempts) {
    assert.ok(sentAtMs !== null && startedAtMs <= sentAtMs && sentAtMs <= endedAtMs);
  }
});

test('a server that is not there is an attempt without an answer', async (t) => {
  const url = await startServer(t, () => {});
  const closed = url.replace(/:\d+$/, ':1');
  const [attempt] = await burst(t, closed, [1]);
  assert.equal(attempt?.status, null);
  assert.equal(attempt?.error, 'ECONNREFUSED');
  assert.equal(attempt?.sentAtMs, null);
});

test('each user asks once, on a connection of their own, also when asked for twice', async (t) => {
  const connections = new Set<unknown>();
  const asked = new Map<number, number>();
  const url = await startServer(t, (user, request, response) => {
    connections.add(request.socket);
    asked.set(user, (asked.get(user) ?? 0) + 1);
    json(response, 400, { code: 'ALREADY_ISSUED_COUPON' });
  });
  const users = Array.from({ length: 300 }, (_, index) => 1000 + (index >> 1));
  const attempts = await burst(t, url, users);
  assert.deepEqual(
    attempts.map((attempt) => attempt.user),
    users,
  );
  assert.equal(connections.size, 300);
  assert.deepEqual(new Set(asked.values()), new Set([2]));
  assert.equal(asked.size, 150);
});

test('a server behind a name, a path and TLS is asked as its URL says', async (t) => {
  const { certFile, keyFile } = makeCertificates();
  const asked: string[] = [];
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = createSecureServer(tls, (request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    json(response, 400, { code: 'OUT_OF_STOCK_COUPON' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const attempts = await burst(t, `https://localhost:${port}/shop`, [1, 2, 3]);
  assert.deepEqual(
    attempts.map(({ status, error }) => [status, error]),
    Array(3).fill([400, null]),
  );
  assert.deepEqual(new Set(asked), new Set([`localhost:${port} /shop/api/v2/me/coupons/7/issue`]));
});

test('a server whose name nobody knows is an error, and not an attempt', async (t) => {
  const generators = await Generators.start(1);
  t.after(() => generators.close());
  const { answered, record } = generators.run({
    url: 'http://no-such-name.invalid',
    couponId: 7,
    users: [1],
    timeoutSeconds: 5,
  });
  const failures = await Promise.allSettled([answered, record]);
  for (const failure of failures) {
    assert.equal(failure.status, 'rejected');
    assert.match(String((failure as PromiseRejectedResult).reason), /the load could not begin: .*no-such-name/);
  }
});

test('all connections of a burst begin before its first answer is read', async (t) => {
  const url = await startServer(t, (_user, _request, response) => json(response, 400, { code: 'OUT_OF_STOCK_COUPON' }));
  const USERS = 400;
  const attempts = await burst(
    t,
    url,
    Array.from({ length: USERS }, (_, index) => index + 1),
  );
  const { connectsWithinMs, durationMs } = summarize(attempts);
  t.diagnostic(`${USERS} connects within ${connectsWithinMs} ms, all answered within ${durationMs} ms`);
  const firstAnswerMs = Math.min(...attempts.map(({ endedAtMs }) => endedAtMs));
  const lastStartMs = Math.max(...attempts.map(({ startedAtMs }) => startedAtMs));
  assert.ok(lastStartMs < firstAnswerMs, 'no answer is read before all have begun');
});

test('generators leave half of the cores to the server', () => {
  assert.deepEqual(
    [1, 499, 2000, 25_000].map((attempts) => processesFor(attempts, 1)),
    [1, 1, 1, 3],
  );
  assert.deepEqual(
    [1, 499, 2000, 25_000].map((attempts) => processesFor(attempts, 2)),
    [1, 1, 1, 3],
  );
  assert.deepEqual(
    [1, 499, 501, 25_000].map((attempts) => processesFor(attempts, 8)),
    [1, 1, 2, 4],
  );
});

/** Processes that this one has started and that are there, by their title. */
function generatorPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [command, stat] = ['cmdline', 'stat'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
        const [state, parent] = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
        const isMine = Number(parent) === process.pid && state !== 'Z';
        return isMine && (command ?? '').startsWith('couponrush spike generator');
      } catch {
        return false;
      }
    });
}

for (const [signal, ending] of [
  ['SIGKILL', /ended early \(SIGKILL\)/],
  // What it did not say is its preparation, for 2 s, or its answers, for a second more.
  ['SIGSTOP', /has said nothing for [23] s/],
] as const) {
  test(`${signal} to a process in the middle ends the run with what happened, and it is not left behind`, async (t) => {
    // No one is answered.
    const url = await startServer(t, () => {});
    const generators = await Generators.start(20, { stepWithinMs: 2000 });
    t.after(() => generators.close());
    const users = Array.from({ length: 20 }, (_, index) => index + 1);
    const { answered, record } = generators.run({ url, couponId: 7, users, timeoutSeconds: 1 });
    const [pid = 0, ...others] = generatorPids();
    assert.deepEqual([pid > 0, others], [true, []]);
    process.kill(pid, signal);
    const endings = await Promise.allSettled([answered, record]);
    for (const end of endings) assert.match(String(end.status === 'rejected' && end.reason), ending);
    generators.close();
    await waitFor('it is gone', () => generatorPids().length === 0);
  });
}
