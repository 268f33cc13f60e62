// Listening sockets of the node engine. As far as Node can, they are uWebSockets.js': each with SO_REUSEPORT and a
// queue of its own (`reusePort`, on Linux since Node 22.12). Otherwise node:cluster's primary has the one socket, and
// the workers accept from it; a process then listens once, however often it is asked to. A socket that closes resets
// the connections that wait in its queue, and Node accepts one of them a turn. So an app that follows another one takes
// over its sockets, and one that is closed in time is emptied before.
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';

/** As uSockets has it. The kernel allows net.core.somaxconn at most. */
const QUEUE = 512;
/** For the one socket that stands for all. */
const SHARED_QUEUE = 4096;
/** For as many connections as wait at most; more would be clients that keep coming. */
const EMPTYING_TURNS_MAX = 1024;
/** The first one may be the rest of the turn that asks for the end, in which nothing is accepted any more. */
const QUIET_TURNS = 3;

/** Of one app, on a socket that others may share. */
export interface Listening {
  /** @param now do not take what waits in the queue, which is reset then */
  close(now: boolean): void;
}

type Take = (socket: Socket) => void;
type Done = (listening: Listening | false) => void;
type Opened = (server: Server | false) => void;
interface Address {
  readonly host: string;
  readonly port: number;
}

/** @param node e.g. `22.12.0` */
export function hasReusePort(node: string, platform: string): boolean {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12));
}

const spreads = hasReusePort(process.versions.node, process.platform);

/** @param take gets each connection @param done called once */
export function listen(address: Address, take: Take, done: Done): void {
  const key = `${address.host} ${address.port}`;
  const sockets = open.get(key) ?? [];
  open.set(key, sockets);
  // With queues of their own: one that this app does not have yet.
  const known = sockets.find((socket) => !spreads || !socket.has(take));
  const socket = known ?? new Acceptor(address, () => sockets.splice(sockets.indexOf(socket), 1));
  if (!known) sockets.push(socket);
  socket.join(take, done);
}

/** Those of this process, by address. */
const open = new Map<string, Acceptor[]>();

class Acceptor {
  readonly #takers: { readonly take: Take }[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #remove: () => void;
  #state: 'opening' | 'open' | 'failed' = 'opening';
  #server: Server | null = null;
  /** So far. */
  #accepted = 0;

  constructor(address: Address, remove: () => void) {
    this.#remove = remove;
    const options = spreads ? { backlog: QUEUE, exclusive: true, reusePort: true } : { backlog: SHARED_QUEUE };
    openServer({ ...address, ...options }, this.#accept, (server) => {
      this.#state = server ? 'open' : 'failed';
      if (server) this.#server = server;
      else remove();
      for (const settle of this.#waiting.splice(0)) settle();
    });
  }

  has(take: Take): boolean {
    return this.#takers.some((taker) => taker.take === take);
  }

  join(take: Take, done: Done): void {
    const taker = { take };
    this.#takers.push(taker);
    const settle = () => done(this.#state === 'open' && { close: (now) => this.#leave(taker, now) });
    if (this.#state === 'opening') this.#waiting.push(settle);
    else settle();
  }

  /** The newest app serves. */
  readonly #accept = (socket: Socket): void => {
    this.#accepted += 1;
    const newest = this.#takers.at(-1);
    if (newest) newest.take(socket);
    else socket.destroy();
  };

  #leave(taker: { readonly take: Take }, now: boolean): void {
    const index = this.#takers.indexOf(taker);
    if (index < 0) return;
    if (this.#takers.length > 1) {
      this.#takers.splice(index, 1);
      return;
    }
    // None joins it any more.
    this.#remove();
    if (now) this.#server?.close();
    else this.#closeWhenEmpty(0, 0);
  }

  #closeWhenEmpty(turns: number, quietTurns: number): void {
    const before = this.#accepted;
    setImmediate(() => {
      const quiet = this.#accepted === before ? quietTurns + 1 : 0;
      if (quiet >= QUIET_TURNS || turns >= EMPTYING_TURNS_MAX) this.#server?.close();
      else this.#closeWhenEmpty(turns + 1, quiet);
    });
  }
}

function openServer(options: ListenOptions & { reusePort?: boolean }, take: Take, done: Opened): void {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, take);
  let settled = false;
  // Later ones are of single connections that could not be accepted.
  server.on('error', () => {
    if (!settled) done(false);
    settled = true;
  });
  server.listen(options, () => {
    settled = true;
    done(server);
  });
}
