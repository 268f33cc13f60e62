// HTTP workers come first, and nothing waits for ever for one that can't start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Startable, startHttpWorkers, startNode } from '../../../src/cluster/start-order.ts';
import { waitFor } from '../../support/wait.ts';

/** Processes that become ready when the test says so. */
function processes(started: string[]) {
  const ready = new Set<string>();
  const dead = new Set<string>();
  const named = (name: string): Startable => ({
    start: () => void started.push(name),
    get ready() {
      return ready.has(name);
    },
    get struggles() {
      return dead.has(name);
    },
  });
  const http = ['http 1', 'http 2', 'http 3'].map(named);
  const node = { http, persister: named('persister'), admin: named('admin') };
  return { node, listens: (name: string) => ready.add(name), dies: (name: string) => dead.add(name) };
}

test('on a verified Redis one HTTP worker starts, then the others, then persister and admin process', async () => {
  const started: string[] = [];
  const { node, listens } = processes(started);
  const { signal } = new AbortController();
  const ended = startNode(node, { mayDecide: true, signal, listenWithinMs: 60_000 });
  assert.deepEqual(started, ['http 1']);
  listens('http 1');
  await waitFor('the others start', () => started.length === 3);
  listens('http 3');
  // As long as one of them does not listen.
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(started, ['http 1', 'http 2', 'http 3']);
  listens('http 2');
  await ended;
  assert.deepEqual(started.slice(3), ['persister', 'admin']);
});

test('a Redis that is not verified needs the persister at once, or no HTTP worker would ever listen', async () => {
  const started: string[] = [];
  const { node } = processes(started);
  const { signal } = new AbortController();
  await startNode(node, { mayDecide: false, signal, listenWithinMs: 30 });
  assert.deepEqual(started, ['persister', 'http 1', 'http 2', 'http 3', 'admin']);
});

test('HTTP workers that die at their start are not waited for: the persister comes without them', async () => {
  const started: string[] = [];
  const { node, dies } = processes(started);
  for (const name of ['http 1', 'http 2', 'http 3']) dies(name);
  const { signal } = new AbortController();
  const startedMs = performance.now();
  await startNode(node, { mayDecide: true, signal, listenWithinMs: 60_000 });
  assert.deepEqual(started.slice(3), ['persister', 'admin']);
  assert.ok(performance.now() - startedMs < 1000);
});

test('HTTP workers that do not come up keep neither each other nor the persister from starting', async () => {
  const started: string[] = [];
  const { node } = processes(started);
  const { signal } = new AbortController();
  await startNode(node, { mayDecide: true, signal, listenWithinMs: 30 });
  assert.deepEqual(started, ['http 1', 'http 2', 'http 3', 'persister', 'admin']);
});

test('a stop ends the order: what has not started is not started', async () => {
  const started: string[] = [];
  const { node } = processes(started);
  const stopping = new AbortController();
  const ended = startNode(node, { mayDecide: true, signal: stopping.signal, listenWithinMs: 60_000 });
  stopping.abort();
  await ended;
  assert.deepEqual(started, ['http 1']);
  await startHttpWorkers(node.http, { signal: stopping.signal });
  assert.deepEqual(started, ['http 1']);
});
