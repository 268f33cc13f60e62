import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Listener } from '../../../src/http/listener.ts';
import { type HttpResponse, type TemplatedApp, uWS } from '../../../src/http/uws.ts';
import { freePort } from '../../support/free-port.ts';
import { listenSockets } from '../../support/listen-sockets.ts';

const QUEUES = 8;
const HOST = '127.0.0.1';
const skip = process.platform === 'linux' ? false : 'only Linux spreads connections among sockets';

interface Opened {
  readonly app: TemplatedApp;
  readonly listener: Listener;
  readonly port: number;
  /** As if so many clients came, or left. */
  change(connections: number): void;
  /** The next calls of listen() fail, from the n-th on. */
  failFrom(call: number): void;
}

async function listener(t: TestContext): Promise<Opened> {
  const app = uWS.App();
  t.after(() => app.close());
  let count: (response: HttpResponse, change: unknown) => void = () => {};
  let callsLeft = Number.POSITIVE_INFINITY;
  const filter = app.filter.bind(app);
  app.filter = (callback) => {
    count = callback as typeof count;
    return filter(callback);
  };
  const listen = app.listen.bind(app) as (host: string, port: number, done: (socket: unknown) => void) => TemplatedApp;
  app.listen = ((host: string, port: number, done: (socket: unknown) => void) => {
    callsLeft -= 1;
    if (callsLeft >= 0) return listen(host, port, done);
    done(false);
    return app;
  }) as TemplatedApp['listen'];
  const opened = new Listener(app, QUEUES);
  return {
    app,
    listener: opened,
    port: await freePort(),
    change: (connections) => count(undefined as unknown as HttpResponse, connections),
    failFrom(call) {
      callsLeft = call - 1;
    },
  };
}

test('a worker listens several times on its port, and stops at once with all of them', { skip }, async (t) => {
  const { listener: it, port } = await listener(t);
  it.open(HOST, port);
  assert.equal(listenSockets(port).count, QUEUES);
  it.close();
  assert.equal(listenSockets(port).count, 0);
});

test('near the limit of open files all of them close, and all come back', { skip }, async (t) => {
  const { listener: it, port, change } = await listener(t);
  it.open(HOST, port);
  const nine = Math.ceil(it.connectionsMax * 0.9);
  change(nine - 1);
  assert.equal(listenSockets(port).count, QUEUES);
  change(1);
  assert.equal(listenSockets(port).count, 0, 'at 90 %');
  change(-1);
  assert.equal(listenSockets(port).count, 0, 'not before 80 %');
  change(Math.floor(it.connectionsMax * 0.8) - (nine - 1));
  assert.equal(listenSockets(port).count, QUEUES, 'at 80 %');
});

test('after the end no socket opens again when clients leave', { skip }, async (t) => {
  const { listener: it, port, change } = await listener(t);
  it.open(HOST, port);
  change(Math.ceil(it.connectionsMax * 0.9));
  it.close();
  change(-Math.ceil(it.connectionsMax * 0.9));
  assert.equal(listenSockets(port).count, 0);
});

test('a port that can not be listened on as often as asked for is an error, and nothing stays open', {
  skip,
}, async (t) => {
  const { listener: it, port, failFrom } = await listener(t);
  failFrom(5);
  assert.throws(() => it.open(HOST, port), /can't listen on 127\.0\.0\.1:\d+ 8 times, only 4/);
  assert.equal(listenSockets(port).count, 0);
});

test('a port of another program is an error', { skip }, async (t) => {
  const { listener: it, port } = await listener(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ port, host: HOST, exclusive: true }, resolve));
  t.after(() => void other.close());
  assert.throws(() => it.open(HOST, port), /can't listen on 127\.0\.0\.1:\d+$/);
});

test('sockets that fail to open after a pause are tried again, while the others take clients', { skip }, async (t) => {
  const { listener: it, port, change, failFrom } = await listener(t);
  it.open(HOST, port);
  change(Math.ceil(it.connectionsMax * 0.9));
  failFrom(4);
  change(Math.floor(it.connectionsMax * 0.7) - Math.ceil(it.connectionsMax * 0.9));
  assert.equal(listenSockets(port).count, 3);
  failFrom(Number.POSITIVE_INFINITY);
  change(-1);
  assert.equal(listenSockets(port).count, QUEUES);
});
