import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { HttpApp, HttpResponse } from '../../../src/http/engine/engine.ts';
import { Listener } from '../../../src/http/listener.ts';
import { freePort } from '../../support/free-port.ts';
import { engines, listensOnce } from '../../support/http-engine.ts';
import { listenSockets } from '../../support/listen-sockets.ts';
import { waitFor } from '../../support/wait.ts';

const QUEUES = 8;
const HOST = '127.0.0.1';
const skip = process.platform === 'linux' ? false : 'only Linux spreads connections among sockets';

interface Opened {
  readonly app: HttpApp;
  readonly listener: Listener;
  readonly port: number;
  /** As if so many clients came, or left. */
  change(connections: number): void;
  /** The next calls of listen() fail, from the n-th on. */
  failFrom(call: number): void;
}

for (const engine of engines) {
  /** Sockets that the kernel shows if the listener has so many of the engine. */
  const inKernel = (sockets: number) => (listensOnce(engine) ? Math.min(1, sockets) : sockets);

  async function listener(t: TestContext): Promise<Opened> {
    const app = engine.createApp(null);
    t.after(() => void app.close());
    let count: (response: HttpResponse, change: unknown) => void = () => {};
    let callsLeft = Number.POSITIVE_INFINITY;
    const filter = app.filter.bind(app);
    app.filter = (callback) => {
      count = callback;
      return filter(callback);
    };
    const listen = app.listen.bind(app);
    app.listen = (host, port, done) => {
      callsLeft -= 1;
      if (callsLeft >= 0) return listen(host, port, done);
      return done(false);
    };
    const opened = new Listener({ app, engine }, QUEUES);
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

  const becomes = (port: number, sockets: number, when: string) =>
    waitFor(`${sockets} sockets listen ${when}`, () => listenSockets(port).count === inKernel(sockets));

  test(`${engine.name}: a worker listens several times on its port, and stops at once with all`, {
    skip,
  }, async (t) => {
    const { listener: it, port } = await listener(t);
    await it.open(HOST, port);
    assert.equal(listenSockets(port).count, inKernel(QUEUES));
    it.close();
    await becomes(port, 0, 'after the end');
  });

  test(`${engine.name}: near the limit of open files all of them close, and all come back`, { skip }, async (t) => {
    const { listener: it, port, change } = await listener(t);
    await it.open(HOST, port);
    const nine = Math.ceil(it.connectionsMax * 0.9);
    change(nine - 1);
    assert.equal(listenSockets(port).count, inKernel(QUEUES));
    change(1);
    await becomes(port, 0, 'at 90 %');
    change(-1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(listenSockets(port).count, 0, 'not before 80 %');
    change(Math.floor(it.connectionsMax * 0.8) - (nine - 1));
    await becomes(port, QUEUES, 'at 80 %');
  });

  test(`${engine.name}: after the end no socket opens again when clients leave`, { skip }, async (t) => {
    const { listener: it, port, change } = await listener(t);
    await it.open(HOST, port);
    change(Math.ceil(it.connectionsMax * 0.9));
    it.close();
    change(-Math.ceil(it.connectionsMax * 0.9));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(listenSockets(port).count, 0);
  });

  test(`${engine.name}: closing between connections waits for the end of a turn that is short`, {
    skip,
  }, async (t) => {
    const { listener: it, port } = await listener(t);
    await it.open(HOST, port);
    const closing = it.closeBetweenConnections();
    for (let turn = 0; turn < 3; turn += 1) {
      const endMs = performance.now() + 10;
      while (performance.now() < endMs);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(listenSockets(port).count, inKernel(QUEUES), 'connections may wait in the queues');
    }
    await closing;
    await becomes(port, 0, 'after the end');
  });

  test(`${engine.name}: an end while sockets open leaves none of them open`, { skip }, async (t) => {
    const { listener: it, port } = await listener(t);
    const opened = it.open(HOST, port);
    it.close();
    await opened;
    await becomes(port, 0, 'after the end');
  });

  test(`${engine.name}: a port that can not be listened on often enough is an error, and none stays open`, {
    skip,
  }, async (t) => {
    const { listener: it, port, failFrom } = await listener(t);
    failFrom(5);
    await assert.rejects(it.open(HOST, port), /can't listen on 127\.0\.0\.1:\d+ 8 times, only 4/);
    await becomes(port, 0, 'after the error');
  });

  test(`${engine.name}: a port of another program is an error`, { skip }, async (t) => {
    const { listener: it, port } = await listener(t);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen({ port, host: HOST, exclusive: true }, resolve));
    t.after(() => void other.close());
    await assert.rejects(it.open(HOST, port), /can't listen on 127\.0\.0\.1:\d+$/);
  });

  test(`${engine.name}: sockets that fail to open after a pause are tried again`, { skip }, async (t) => {
    const { listener: it, port, change, failFrom } = await listener(t);
    await it.open(HOST, port);
    change(Math.ceil(it.connectionsMax * 0.9));
    failFrom(4);
    change(Math.floor(it.connectionsMax * 0.7) - Math.ceil(it.connectionsMax * 0.9));
    await becomes(port, 3, 'behind a failure');
    await new Promise((resolve) => setTimeout(resolve, 20));
    failFrom(Number.POSITIVE_INFINITY);
    change(-1);
    await becomes(port, QUEUES, 'at the next look');
  });
}
