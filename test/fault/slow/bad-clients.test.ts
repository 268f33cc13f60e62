import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const EACH_KIND = 100;
const CLOSED_WITHIN_MS = 14_000;

function bytesOf(couponId: number, user: number): string {
  return `POST /api/v2/me/coupons/${couponId}/issue HTTP/1.1\r\nHost: x\r\nCommerce-User-Id: ${user}\r\n\r\n`;
}

test(
  'clients that abort, never read or trickle their ' + 'headers are closed within 14 s; the others are served',
  async (t) => {
    const scene = await startScene(t, { stock: 100_000 });
    const sockets: { socket: Socket; openedMs: number; closedMs: number | null }[] = [];
    const open = () => {
      const socket = connect(scene.app.port, '127.0.0.1').on('error', () => {});
      const entry = { socket, openedMs: performance.now(), closedMs: null as number | null };
      socket.on('close', () => {
        entry.closedMs = performance.now();
      });
      sockets.push(entry);
      return socket;
    };
    t.after(async () => {
      for (const { socket } of sockets) socket.destroy();
    });
    const alone = await scene.rush({ perSecond: 200, seconds: 3, firstUser: 1 }).done;
    const rush = scene.rush({ perSecond: 200, seconds: 16, firstUser: 10_000 });

    // The same users ask again later, so that what became of them is part of the history.
    const aborting = Array.from({ length: EACH_KIND }, (_, index) => 100_000 + index);
    for (const user of aborting) {
      const socket = connect(scene.app.port, '127.0.0.1').on('error', () => {});
      socket.write(bytesOf(scene.couponId, user), () => socket.resetAndDestroy());
    }
    // An answer that nobody reads stays in the buffers of the kernel; the connection is idle then.
    const unread = Array.from({ length: EACH_KIND }, (_, index) => 200_000 + index);
    for (const user of unread) open().pause().write(bytesOf(scene.couponId, user));
    // One byte a second never ends a header.
    const trickling = Array.from({ length: EACH_KIND }, open);
    for (const socket of trickling) socket.resume().write('POST / HTTP/1.1\r\nHost: ');
    const trickle = setInterval(() => {
      for (const socket of trickling) if (socket.writable) socket.write('x');
    }, 1000);
    t.after(async () => clearInterval(trickle));

    await waitFor(
      'the server has closed the trickling ones',
      () => trickling.every((socket) => socket.destroyed || socket.readableEnded),
      { withinMs: CLOSED_WITHIN_MS, everyMs: 50 },
    );
    t.diagnostic(`trickling ones closed after ${Math.round(performance.now() - (sockets.at(-1)?.openedMs ?? 0))} ms`);
    const others = await rush.done;
    const share = (history: typeof alone) => history.filter(({ status }) => status === 201).length / history.length;
    t.diagnostic(`goodput of the others: ${Math.round((share(others) / share(alone)) * 100)} %`);
    assert.ok(share(others) >= share(alone) * 0.9, 'goodput of the others');
    // Whoever did not read may hold a coupon: asking tells. For the checker their outcome is unknown.
    const nobody = { code: null, sequence: null, error: 'never read', replayed: false, startedAtMs: 0, endedAtMs: 0 };
    const unknown = [...aborting, ...unread].map((user) => ({ user, status: null, sentAtMs: 0, ...nobody }));
    await scene.prove([...alone, ...others, ...unknown]);
  },
);
