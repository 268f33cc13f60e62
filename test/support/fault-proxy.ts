// A network that fails on command: a TCP proxy between couponrush and one of its servers, in the process of the test.
// Faults hold for old and new connections alike until heal(). What was held back by blackhole() arrives afterwards,
// late, as it does when packets are sent again after a partition: a delayed copy of a batch is part of the fault.
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Scope } from './servers.ts';

interface Conditions {
  /** Added to each round trip, half of it in each direction. */
  latencyMs: number;
  /** Bytes a second in each direction of each connection. */
  bytesPerSecond: number;
  /** Largest piece that is passed on at once. */
  sliceBytes: number;
  /** Chance, from 0 to 1, that a connection is reset when a chunk passes. */
  resetShare: number;
  /** Nothing passes. */
  held: boolean;
  /** A connection without a byte for this long is forgotten: what is sent on it from then on is swallowed. */
  forgetsAfterMs: number;
}

const HEALTHY: Conditions = {
  latencyMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  sliceBytes: Number.POSITIVE_INFINITY,
  resetShare: 0,
  held: false,
  forgetsAfterMs: Number.POSITIVE_INFINITY,
};
/** Bytes on their way in one direction; beyond it the sender waits, as before a full buffer of the kernel. */
const QUEUED_BYTES_MAX = 1_000_000;

export class FaultProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #conditions: Conditions = { ...HEALTHY };
  #targetPort: number;

  private constructor(server: Server, port: number, targetPort: number) {
    this.#server = server;
    this.port = port;
    this.#targetPort = targetPort;
    server.on('connection', (client) => this.#join(client));
  }

  static async start(t: Scope, targetPort: number): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await listen(server, 0);
    const { port } = server.address() as { port: number };
    const proxy = new FaultProxy(server, port, targetPort);
    t.after(async () => {
      proxy.reset();
      server.close();
    });
    return proxy;
  }

  /** The same server through this proxy. */
  urlOf(directUrl: string): string {
    const url = new URL(directUrl);
    url.port = String(this.port);
    return url.href;
  }

  latency(ms: number): void {
    this.#conditions.latencyMs = ms;
  }

  bandwidth(bytesPerSecond: number): void {
    this.#conditions.bytesPerSecond = bytesPerSecond;
  }

  slice(bytes: number): void {
    this.#conditions.sliceBytes = bytes;
  }

  resets(share: number): void {
    this.#conditions.resetShare = share;
  }

  blackhole(): void {
    this.#conditions.held = true;
  }

  /** As a balancer with an idle timeout that says nothing. New connections work; heal() brings no old one back. */
  forgetAfter(ms: number): void {
    this.#conditions.forgetsAfterMs = ms;
  }

  /** The same for all that there are now, no matter what they do. */
  forget(): void {
    for (const link of this.#links) link.forget();
  }

  /** Cuts all connections now, by RST. What was on its way is lost. */
  reset(): void {
    for (const link of [...this.#links]) link.cut();
  }

  /** No one listens any more: connections are cut, new ones refused. */
  down(): void {
    this.#server.close();
    this.reset();
  }

  /** New connections go there. */
  retarget(port: number): void {
    this.#targetPort = port;
  }

  /** Ends every fault. Resolves when connections are taken. */
  async heal(): Promise<void> {
    Object.assign(this.#conditions, HEALTHY);
    if (!this.#server.listening) await listen(this.#server, this.port);
    for (const link of this.#links) link.flush();
  }

  #join(client: Socket): void {
    // An address, not `localhost`: hundreds of names at once wait for each other in Node's few threads.
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const link = new Link(client, server, this.#conditions);
    this.#links.add(link);
    link.onClose = () => this.#links.delete(link);
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** One connection through the proxy: both directions, and their common end. */
class Link {
  onClose: () => void = () => {};
  readonly #sockets: readonly Socket[];
  readonly #lanes: readonly Lane[];
  readonly #conditions: Conditions;
  #heardMs = performance.now();
  #forgotten = false;

  constructor(client: Socket, server: Socket, conditions: Conditions) {
    this.#sockets = [client, server];
    this.#conditions = conditions;
    server.setNoDelay(true);
    const cut = () => this.cut();
    const passes = () => this.#passes();
    this.#lanes = [
      new Lane(client, server, conditions, cut, passes),
      new Lane(server, client, conditions, cut, passes),
    ];
    for (const socket of this.#sockets) {
      socket.on('error', () => {});
      socket.on('close', () => this.#closed());
    }
  }

  flush(): void {
    for (const lane of this.#lanes) lane.pump();
  }

  forget(): void {
    this.#forgotten = true;
  }

  /** Whether a byte that arrives now goes on. */
  #passes(): boolean {
    const nowMs = performance.now();
    this.#forgotten ||= nowMs - this.#heardMs > this.#conditions.forgetsAfterMs;
    this.#heardMs = nowMs;
    return !this.#forgotten;
  }

  cut(): void {
    for (const socket of this.#sockets) reset(socket);
  }

  /** One side is gone: the other one still gets what is on its way, and then the end. */
  #closed(): void {
    for (const lane of this.#lanes) lane.finish();
    if (this.#sockets.every((socket) => socket.destroyed)) this.onClose();
  }
}

/**
 * libuv refuses to reset a connection whose end is on its way, and Node does not close it then: the process never ends.
 */
function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** One direction of a connection. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conditions: Conditions;
  readonly #cut: () => void;
  readonly #passes: () => boolean;
  readonly #queue: { readonly chunk: Buffer; readonly dueMs: number }[] = [];
  #queuedBytes = 0;
  #freeAtMs = 0;
  #ended = false;
  #scheduled = false;

  constructor(from: Socket, to: Socket, conditions: Conditions, cut: () => void, passes: () => boolean) {
    this.#from = from;
    this.#to = to;
    this.#conditions = conditions;
    this.#cut = cut;
    this.#passes = passes;
    from.on('data', (chunk) => this.#take(chunk));
    from.on('end', () => {
      if (this.#passes()) this.finish();
    });
  }

  finish(): void {
    this.#ended = true;
    this.pump();
  }

  pump(): void {
    if (this.#scheduled || this.#conditions.held) return;
    const head = this.#queue[0];
    if (!head) {
      if (this.#ended && !this.#to.writableEnded) this.#to.end();
      return;
    }
    const waitMs = head.dueMs - performance.now();
    // One piece a turn, so that the receiver meets pieces and not their sum.
    if (waitMs > 0 || this.#conditions.sliceBytes < QUEUED_BYTES_MAX) this.#later(Math.max(waitMs, 0));
    else this.#pass();
  }

  #later(ms: number): void {
    this.#scheduled = true;
    const pass = () => {
      this.#scheduled = false;
      if (!this.#conditions.held) this.#pass();
    };
    if (ms > 0) setTimeout(pass, ms);
    else setImmediate(pass);
  }

  #pass(): void {
    const head = this.#queue.shift();
    if (head) {
      this.#queuedBytes -= head.chunk.length;
      if (this.#to.writable) this.#to.write(head.chunk);
      if (this.#from.isPaused() && this.#queuedBytes < QUEUED_BYTES_MAX / 2) this.#from.resume();
    }
    this.pump();
  }

  #take(chunk: Buffer): void {
    if (!this.#passes()) return;
    const { latencyMs, bytesPerSecond, sliceBytes, resetShare } = this.#conditions;
    if (resetShare > 0 && Math.random() < resetShare) {
      this.#cut();
      return;
    }
    const nowMs = performance.now();
    for (let start = 0; start < chunk.length; start += sliceBytes) {
      const part = chunk.subarray(start, Math.min(chunk.length, start + sliceBytes));
      this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (part.length * 1000) / bytesPerSecond;
      this.#queue.push({ chunk: part, dueMs: this.#freeAtMs + latencyMs / 2 });
      this.#queuedBytes += part.length;
    }
    if (this.#queuedBytes > QUEUED_BYTES_MAX) this.#from.pause();
    this.pump();
  }
}
