import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { PortClaim, PortTaken } from '../../../src/cluster/port-claim.ts';
import { freePort } from '../../support/free-port.ts';

async function listenOn(t: TestContext, host: string): Promise<number> {
  const server = createServer().listen(0, host);
  t.after(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a port that is in use is refused with the process that has it', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const port = await listenOn(t, host);
    await assert.rejects(new PortClaim(host, port).whenFree(0), (error) => {
      assert.ok(error instanceof PortTaken);
      assert.match(error.message, new RegExp(`^port ${port} on ${host} is in use by process ${process.pid} \\(\\S`));
      return true;
    });
  }
  await new PortClaim('127.0.0.1', await freePort()).whenFree(0);
});

test('a port that another couponrush serves is refused with its pid; one that is stopping is waited for', async () => {
  const port = await freePort();
  const owner = new PortClaim('127.0.0.1', port);
  await owner.take(0);
  const message = new RegExp(`^port ${port} is served by another couponrush \\(process ${process.pid}\\)$`);
  const stopMs = 2000;
  const startMs = performance.now();
  await assert.rejects(new PortClaim('127.0.0.1', port).take(stopMs), { message });
  assert.ok(performance.now() - startMs < stopMs, 'it runs, and is not waited for');
  owner.announceStop();
  const secondMs = performance.now();
  await assert.rejects(new PortClaim('127.0.0.1', port).take(stopMs), { message });
  assert.ok(performance.now() - secondMs >= stopMs, 'it is stopping, and may end yet');
});

test('an owner that is too busy to answer is asked again: it may be stopping', async (t) => {
  const port = await freePort();
  const owner = createServer((socket) => socket.on('error', () => {}));
  owner.listen(`\0couponrush-port-${port}`);
  await once(owner, 'listening');
  t.after(() => owner.close());
  const taken = new PortClaim('127.0.0.1', port).take(0);
  setTimeout(() => owner.close(), 1500);
  await taken;
});
