// Certificates and drains on both engines, without the stores: fresh connections come all the time meanwhile.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:https';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { HttpEngine } from '../../../src/http/engine/engine.ts';
import { Exchange, type ServerState } from '../../../src/http/exchange.ts';
import { Fronts } from '../../../src/http/fronts.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { engines } from '../../support/http-engine.ts';
import { waitFor } from '../../support/wait.ts';

const SLOW_MS = 200;

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly names: string;
}

function ask(port: number, path: string, agent: Agent | false = false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, agent, rejectUnauthorized: false };
    get(options, (response) => {
      const { subjectaltname = '' } = (response.socket as TLSSocket).getPeerCertificate();
      const { connection } = response.headers;
      response
        .resume()
        .on('end', () => resolve({ status: response.statusCode ?? 0, connection, names: subjectaltname }));
    }).on('error', reject);
  });
}

for (const engine of engines) {
  async function open(t: TestContext) {
    const { certFile, keyFile, otherNameCertFile } = makeCertificates();
    const tls = { certFile, keyFile, digest: 'first' };
    const made = { apps: 0, ended: false, closedLate: 0 };
    const counted: HttpEngine = {
      ...engine,
      createApp(files) {
        made.apps += 1;
        return engine.createApp(files);
      },
      closeListenSocket(socket, now) {
        if (made.ended) made.closedLate += 1;
        else engine.closeListenSocket(socket, now);
      },
    };
    const fronts = new Fronts(
      (app, state: ServerState) => {
        app.any('/*', (response, request) => {
          const exchange = new Exchange(response, 'GET', state, 'other');
          const answer = () => exchange.json('200 OK', '{}');
          if (request.getUrl() === '/slow') setTimeout(answer, SLOW_MS);
          else answer();
          exchange.leaveHandler();
        });
      },
      { engine: counted, tls, listenQueues: 4, metrics: createMetrics().requests },
    );
    t.after(() => fronts.close());
    const port = await freePort();
    await fronts.listen('127.0.0.1', port);
    return { fronts, port, made, tls, next: { certFile: otherNameCertFile, keyFile, digest: 'second' } };
  }

  test(`${engine.name}: a certificate is replaced, none is refused, kept connections are asked to close`, async (t) => {
    const { fronts, port, next } = await open(t);
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => kept.destroy());
    assert.match((await ask(port, '/', kept)).names, /127\.0\.0\.1/);
    let stopped = false;
    const answers: Answer[] = [];
    const fresh = Array.from({ length: 4 }, async () => {
      while (!stopped) answers.push(await ask(port, '/'));
    });
    await waitFor('fresh connections come', () => answers.length > 20);
    await fronts.replaceTls(next);
    await waitFor('all are shown the new one', () =>
      answers.slice(-20).every(({ names }) => /other\.example/.test(names)),
    );
    const last = await ask(port, '/', kept);
    stopped = true;
    await Promise.all(fresh);
    assert.ok(answers.every(({ status }) => status === 200));
    assert.match(answers.at(-1)?.names ?? '', /other\.example/);
    assert.deepEqual([last.status, last.connection], [200, 'close'], 'on the connection of the old certificate');
    assert.match((await ask(port, '/')).names, /other\.example/);
  });

  test(`${engine.name}: certificates replaced at once come one after the other, none of them twice`, async (t) => {
    const { fronts, port, made, tls, next } = await open(t);
    const missing = { ...next, certFile: `${next.certFile}.missing`, digest: 'missing' };
    const outcomes = await Promise.allSettled(
      [next, next, missing, next, tls, tls].map((files) => fronts.replaceTls(files)),
    );
    const statuses = outcomes.map(({ status }) => status);
    assert.deepEqual(statuses, ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    // The first one, the next, the one that can't be read, and the first one again.
    assert.equal(made.apps, 4);
    await waitFor('the last one is used', async () => /127\.0\.0\.1/.test((await ask(port, '/')).names));
  });

  test(`${engine.name}: at the end of an app no socket of it is left to be closed`, async (t) => {
    const { fronts, made, next } = await open(t);
    await fronts.replaceTls(next);
    fronts.close();
    made.ended = true;
    // Turns in which the sockets of the old certificate would have been closed.
    await sleep(50);
    assert.equal(made.closedLate, 0);
    made.ended = false;
  });

  test(`${engine.name}: a drain answers what is in flight and kept, and takes no new connection`, async (t) => {
    const { fronts, port } = await open(t);
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => kept.destroy());
    assert.notEqual((await ask(port, '/', kept)).connection, 'close');
    const inFlight = ask(port, '/slow');
    await waitFor('it is in flight', () => fronts.open === 1);
    fronts.startDrain();
    const last = await ask(port, '/', kept);
    assert.deepEqual([last.status, last.connection], [200, 'close']);
    await sleep(10);
    await assert.rejects(ask(port, '/'), { code: 'ECONNREFUSED' });
    assert.equal((await inFlight).status, 200);
    await waitFor('all connections are closed', () => fronts.connections === 0);
  });
}
