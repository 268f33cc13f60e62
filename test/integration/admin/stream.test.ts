// Answers that are sent as they are made: a failure is seen, and a place is free again however it ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { sendStream } from '../../../src/admin/stream.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const PAGE = 'x'.repeat(100_000);

async function serve(t: Scope, texts: () => AsyncGenerator<string>) {
  const seen = { ended: 0, made: 0 };
  const app = fastify();
  app.get('/', (request, reply) => {
    const counted = async function* () {
      for await (const text of texts()) {
        seen.made += 1;
        yield text;
      }
    };
    return sendStream(request, reply, counted(), () => {
      seen.ended += 1;
    });
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
