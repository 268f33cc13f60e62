import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { testFolder } from '../../support/folder.ts';

const faultProxy = new URL('../../support/fault-proxy.js', import.meta.url).href;
/** A process that is not killed would spin on after this test. */
const ENDS_WITHIN_MS = 10_000;

/** In one turn of its loop the proxy hears the end of the client, and then the byte at which it cuts the connection. */
const cutAtTheEnd = `
  import { once } from 'node:events';
  import { connect, createServer } from 'node:net';
  import { FaultProxy } from '${faultProxy}';
  const target = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  const proxy = await FaultProxy.start({ after: () => {} }, target.address().port);
  const client = connect({ port: proxy.port, host: '127.0.0.1' });
  const [server] = await once(target, 'connection');
  for (const socket of [client, server]) socket.on('error', () => {}).resume();
  client.once('data', () => {
    proxy.resets(1);
    client.end();
    setImmediate(() => server.write('second'));
  });
  server.write('first');
  await new Promise((resolve) => client.once('close', resolve));
  proxy.down();
  server.destroy();
  target.close();
  process.on('exit', () => {
    const sockets = process.getActiveResourcesInfo().filter((resource) => resource.startsWith('TCP'));
    console.log(sockets.length, 'left open');
  });`;

test('a connection that is cut while its end is on its way is closed, and the process ends', async () => {
  const file = join(testFolder('fault-proxy'), 'cut.mjs');
  writeFileSync(file, cutAtTheEnd);
  const child = spawn(process.execPath, [file], { timeout: ENDS_WITHIN_MS, killSignal: 'SIGKILL' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  assert.deepEqual({ code, output }, { code: 0, output: '0 left open\n' });
});
