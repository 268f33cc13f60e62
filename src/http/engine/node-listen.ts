// Listening sockets of the node engine. As far as Node can, they are uWebSockets.js': each with SO_REUSEPORT and a queue
// of its own (`reusePort`, on Linux since Node 22.12). Otherwise node:cluster's primary has the one socket, and the
// workers accept from it; a process then listens once, however often it is asked to, and the newest app is served.
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';

/** As uSockets has it. The kernel allows net.core.somaxconn at most. */
const QUEUE = 512;
/** For the one socket that stands for all. */
const SHARED_QUEUE = 4096;

export interface Listening {
  close(): void;
}

type Take = (socket: Socket) => void;
type Done = (listening: Listening | false) => void;
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
  if (spreads) open(address, { backlog: QUEUE, exclusive: true, reusePort: true }, take, done);
  else share(address, take, done);
}

function open(address: Address, options: ListenOptions & { reusePort?: boolean }, take: Take, done: Done): void {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, take);
  let settled = false;
  // Later ones are of single connections that could not be accepted.
  server.on('error', () => {
    if (!settled) done(false);
    settled = true;
  });
  server.listen({ ...address, ...options }, () => {
    settled = true;
    done(server as Server & Listening);
  });
}

interface Shared {
  readonly waiting: Done[];
  readonly takers: { readonly take: Take }[];
  listening: Listening | null;
}

const shared = new Map<string, Shared>();

function share(address: Address, take: Take, done: Done): void {
  const key = `${address.host} ${address.port}`;
  const known = shared.get(key);
  const entry: Shared = known ?? { waiting: [], takers: [], listening: null };
  const join: Done = (listening) => done(listening && joined(key, entry, take));
  if (entry.listening) {
    join(entry.listening);
    return;
  }
  entry.waiting.push(join);
  if (known) return;
  shared.set(key, entry);
  const takeShared: Take = (socket) => {
    const newest = entry.takers.at(-1);
    if (newest) newest.take(socket);
    else socket.destroy();
  };
  open(address, { backlog: SHARED_QUEUE }, takeShared, (listening) => {
    if (listening) entry.listening = listening;
    else shared.delete(key);
    for (const each of entry.waiting.splice(0)) each(listening);
  });
}

function joined(key: string, entry: Shared, take: Take): Listening {
  const taker = { take };
  entry.takers.push(taker);
  return {
    close() {
      const index = entry.takers.indexOf(taker);
      if (index >= 0) entry.takers.splice(index, 1);
      if (index < 0 || entry.takers.length > 0) return;
      shared.delete(key);
      entry.listening?.close();
    },
  };
}
