// A process that only holds connections open, because one process has too few descriptors for many of them.
// Run as `node idle-clients.js PORT COUNT`; from the test's side, holdIdle().
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Scope } from './servers.ts';

/** @returns how many connections were open when the last one was made or refused, and what is known later */
export function holdIdle(t: Scope, port: number, count: number): Promise<{ opened: number; refused: number }> {
  const child = fork(fileURLToPath(import.meta.url), [String(port), String(count)]);
  t.after(async () => {
    child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as { opened: number; refused: number }));
    child.once('exit', (code) => reject(new Error(`the idle clients ended with ${code}`)));
  });
}

/** Of their own: with most ports of one address in use, the kernel looks for a free one for a millisecond. */
const LOCAL_ADDRESS = '127.0.0.2';

/** A listen queue has some hundred places. */
const AT_ONCE = 200;

async function hold(port: number, count: number): Promise<void> {
  let opened = 0;
  let refused = 0;
  const openOne = () =>
    new Promise<void>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: LOCAL_ADDRESS });
      socket.once('connect', () => {
        opened += 1;
        resolve();
      });
      socket.once('error', () => {
        refused += 1;
        resolve();
      });
    });
  for (let made = 0; made < count; made += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - made) }, openOne));
  }
  process.send?.({ opened, refused });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('disconnect', () => process.exit());
  await hold(Number(process.argv[2]), Number(process.argv[3]));
}
