// One couponrush for each port. uWebSockets.js listens with SO_REUSEPORT, so a second server on the same port would not
// fail: it would silently take half of the requests. So the port is claimed before a worker listens.
// The claim answers each connection with one line: its owner's pid, and whether that is stopping. A start waits for it.
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from '../runtime/poll.ts';
import { describeHolder } from './port-holder.ts';

export class PortTaken extends Error {
  override name = 'PortTaken';
}

const RETRY_EVERY_MS = 200;
/** Two checks that an owner makes of its parents (parent-watch.ts), which may just have ended. */
const LOOK_AGAIN_MS = 600;
const ANSWER_WITHIN_MS = 500;
/** An owner that does not answer is busy, frozen or not ours. It may be one that is stopping on a busy machine. */
const SILENCE_MS = 5000;
const ANSWER = /^(\d+) (running|stopping)\n$/;

interface Owner {
  /** null if it did not say. */
  readonly pid: number | null;
  readonly state: 'running' | 'stopping' | 'silent';
}

function listen(server: Server, options: { path: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ ...options, exclusive: true }, () => resolve(true));
  });
}

/** Whether no process listens there, with or without SO_REUSEPORT: a plain bind meets both. */
async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  const free = await listen(probe, { host, port });
  await new Promise<void>((resolve) => (free ? probe.close(() => resolve()) : resolve()));
  return free;
}

function askOwner(path: string): Promise<Owner> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const silent: Owner = { pid: null, state: 'silent' };
    const settle = (owner: Owner) => {
      socket.destroy();
      resolve(owner);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => settle(silent));
    socket.once('error', () => settle(silent));
    socket.once('close', () => settle(silent));
    socket.once('data', (data) => {
      const [, pid, state] = ANSWER.exec(data.toString('latin1')) ?? [];
      settle(pid ? { pid: Number(pid), state: state === 'stopping' ? 'stopping' : 'running' } : silent);
    });
  });
}

export class PortClaim {
  readonly #host: string;
  readonly #port: number;
  #stopping = false;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /**
   * Claims the port for this process, until it ends however it ends. On Linux the claim is a socket in the abstract
   * namespace, which the kernel removes with its process. Waits for an owner that is stopping.
   * @throws PortTaken
   */
  async take(stopMs: number): Promise<void> {
    if (process.platform !== 'linux') return;
    const path = `\0couponrush-port-${this.#port}`;
    const patienceMs = { running: LOOK_AGAIN_MS, silent: SILENCE_MS, stopping: stopMs };
    const startMs = performance.now();
    for (;;) {
      const claim = createServer((socket) => {
        socket.on('error', () => {});
        socket.end(`${process.pid} ${this.#stopping ? 'stopping' : 'running'}\n`);
      });
      if (await listen(claim, { path })) {
        claim.unref();
        return;
      }
      const owner = await askOwner(path);
      if (performance.now() - startMs > patienceMs[owner.state]) {
        const who = owner.pid === null ? '' : ` (process ${owner.pid})`;
        throw new PortTaken(`port ${this.#port} is served by another couponrush${who}`);
      }
      await sleep(RETRY_EVERY_MS);
    }
  }

  /** Waits for those who still listen. @throws PortTaken after `waitMs` */
  async whenFree(waitMs: number): Promise<void> {
    if (await pollUntil(() => isFree(this.#host, this.#port), { everyMs: RETRY_EVERY_MS, withinMs: waitMs })) return;
    throw new PortTaken(`port ${this.#port} on ${this.#host} is in use${describeHolder(this.#port)}`);
  }

  /** A start on this port waits from now on, instead of giving up. */
  announceStop(): void {
    this.#stopping = true;
  }
}
