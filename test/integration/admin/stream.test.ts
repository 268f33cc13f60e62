// Answers that are sent as they are made: a failure is seen, and a place is free again however it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { sendStream } from '../../../src/admin/stream.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const PAGE = 'x'.repeat(100_000);

async function serve(t: Scope, texts: () => AsyncGenerator<string>, { stallMs }: { stallMs?: number } = {}) {
  const seen = { begun: 0, ended: 0, made: 0 };
  const app = fastify({ keepAliveTimeout: 300 });
  app.get('/', (request, reply) => {
    const counted = async function* () {
      for await (const text of texts()) {
        seen.made += 1;
        yield text;
      }
    };
    seen.begun += 1;
    const onEnd = () => {
      seen.ended += 1;
    };
    return sendStream(request, reply, counted(), onEnd, stallMs);
  });
  t.after(() => app.close());
  return { seen, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

test('a list that can not be read to its end breaks off, and does not look complete', async (t) => {
  const { url, seen } = await serve(t, async function* () {
    yield PAGE;
    throw new Error('MySQL is away');
  });
  const response = await fetch(url);
  assert.equal(response.status, 200);
  await assert.rejects(response.text());
  assert.equal(seen.ended, 1);
});

test('a list that can not be begun is a failure with its status', async (t) => {
  // biome-ignore lint/correctness/useYield: it fails before its first page
  const { url, seen } = await serve(t, async function* () {
    throw new Error('MySQL is away');
  });
  const response = await fetch(url);
  assert.equal(response.status, 500);
  assert.equal(seen.ended, 1);
});

test('nothing is made for a reader who is slow, has left, or asks with HEAD', async (t) => {
  const { url, seen } = await serve(t, async function* () {
    for (;;) yield PAGE;
  });
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  let before = -1;
  await waitFor('it waits for the reader', () => {
    const waits = seen.made === before;
    before = seen.made;
    return waits;
  });
  assert.ok(seen.made < 1000, `${seen.made} pages are in flight`);
  controller.abort();
  await response.text().catch(() => {});
  await waitFor('it has ended', () => seen.ended === 1);
  const { made } = seen;
  assert.equal((await fetch(url, { method: 'HEAD' })).status, 200);
  assert.deepEqual([seen.ended, seen.made], [2, made]);
});

/** Sends requests one after the other on one connection, and reads nothing before it is told to. */
async function pipelined(t: Scope, url: string, methods: readonly ('GET' | 'HEAD')[]): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  t.after(async () => void socket.destroy());
  socket.on('error', () => {});
  socket.write(methods.map((method) => `${method} / HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  await once(socket, 'connect');
  return socket;
}

test('requests that wait behind another on one connection give their places back when it closes', async (t) => {
  const { url, seen } = await serve(t, async function* () {
    for (;;) yield PAGE;
  });
  const socket = await pipelined(t, url, ['GET', 'GET', 'GET', 'GET', 'GET']);
  await waitFor('all have begun', () => seen.begun === 5);
  socket.destroy();
  await waitFor('all have ended', () => seen.ended === 5);
});

test('a reader that takes nothing is cut off, also if another answer of its connection has ended', async (t) => {
  const endless = async function* () {
    for (;;) yield PAGE;
  };
  const { url, seen } = await serve(t, endless, { stallMs: 500 });
  const socket = await pipelined(t, url, ['GET', 'HEAD']);
  await waitFor('both have begun', () => seen.begun === 2);
  socket.pause();
  await waitFor('both have ended', () => seen.ended === 2);
});

test('a connection at rest after a stream is closed as any other, and listeners do not add up', async (t) => {
  const { url, seen } = await serve(t, async function* () {
    yield 'a line';
  });
  const warnings: string[] = [];
  const warn = ({ name }: Error) => void warnings.push(name);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  const socket = await pipelined(
    t,
    url,
    Array.from({ length: 30 }, () => 'HEAD' as const),
  );
  socket.resume();
  await waitFor('all have ended', () => seen.ended === 30);
  await waitFor('the server closes the connection', () => socket.destroyed);
  assert.deepEqual(warnings, []);
});
