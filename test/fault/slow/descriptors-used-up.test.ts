import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const DESCRIPTORS = 300;
const CLIENTS = 600;

/** Processor time of a process so far, in clock ticks of 10 ms. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

test('descriptors used up: no worker spins, and it takes clients again when some have left', async (t) => {
  const scene = await startScene(t, { stock: 500, through: ['prlimit', `--nofile=${DESCRIPTORS}`] });
  const workers = scene.app.pids('http');
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
  });
  for (let index = 0; index < CLIENTS; index++) {
    sockets.push(connect(scene.app.port, '127.0.0.1').on('error', () => {}));
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = workers.map(ticks);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const busy = workers.map((pid, index) => (ticks(pid) - (before[index] as number)) / 200);
  t.diagnostic(
    `processor of each worker while full: ${busy.map((share) => `${Math.round(share * 100)} %`).join(', ')}`,
  );
  assert.deepEqual(scene.app.pids('http'), workers, 'no worker died');
  assert.ok(
    busy.every((share) => share < 0.3),
    'no worker spins',
  );
  const open = sockets.filter((socket) => socket.readyState === 'open').length;
  assert.ok(open < CLIENTS, `${open} of ${CLIENTS} connections were taken`);
  for (const socket of sockets) socket.destroy();
  await waitFor(
    'it takes clients again',
    async () => (await fetch(`${scene.app.url}/readyz`, { headers: { connection: 'close' } })).ok,
  );
  const history = await scene.rush({ perSecond: 200, seconds: 3, freshShare: 1 }).done;
  assert.equal(history.filter(({ status }) => status !== 201 && status !== 400).length, 0);
  await scene.prove(history);
});
