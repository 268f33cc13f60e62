// Accepts connections, within the process's file descriptors (I6). With none left, accept would fail and be tried again
// without end, at full CPU. So it stops listening at 90 % of the limit, which leaves the kernel and the other workers
// to take new clients, and listens again at 80 %.
// A socket of uSockets queues 512 connections that are not accepted yet. Beyond them the kernel drops the SYN, the
// client repeats it after 1 s, and by then everything is sold out. So each worker listens several times on its port:
// with SO_REUSEPORT every socket has a queue of its own, and the kernel spreads connections among them by their
// addresses.
import { readFileSync } from 'node:fs';
import { hostAndPort } from '../address.ts';
import { type HttpResponse, type TemplatedApp, type us_listen_socket, uWS } from './uws.ts';

const CLOSE_AT = 0.9;
const OPEN_AT = 0.8;
/** What the process itself has open besides clients and listening sockets: files, stores, timers. */
const OWN_DESCRIPTORS = 100;

/** Soft limit of open files of this process; Infinity if the platform does not report it. */
function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft ? Number(soft) : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export class Listener {
  readonly #app: TemplatedApp;
  /** Client connections that the limit of open files allows. */
  readonly connectionsMax: number;
  readonly #queues: number;
  #address: { host: string; port: number } | null = null;
  #sockets: us_listen_socket[] = [];
  #connections = 0;
  readonly #elsewhere: () => number;

  /**
   * @param queues sockets to listen with, each with a queue of its own; one is used if the kernel does not spread
   * @param elsewhere client connections of this process that are not of this app
   */
  constructor(app: TemplatedApp, queues: number, elsewhere: () => number = () => 0) {
    this.#app = app;
    this.#queues = process.platform === 'linux' ? queues : 1;
    this.connectionsMax = descriptorLimit() - OWN_DESCRIPTORS - this.#queues;
    this.#elsewhere = elsewhere;
    app.filter(this.#count);
  }

  /** Open client connections of this process. */
  get connections(): number {
    return this.#connections;
  }

  /** @throws if the address can't be bound as often as asked for; nothing listens then */
  open(host: string, port: number): void {
    this.#address = { host, port };
    this.#listen();
    if (this.#sockets.length === this.#queues) return;
    const opened = this.#sockets.length;
    this.close();
    throw new Error(
      `can't listen on ${hostAndPort(host, port)}${opened > 0 ? ` ${this.#queues} times, only ${opened}` : ''}`,
    );
  }

  /** Takes no new connection, for good. */
  close(): void {
    this.#address = null;
    this.#pause();
  }

  /** Opens the sockets that are missing, until one fails. */
  #listen(): void {
    for (let missing = this.#queues - this.#sockets.length; missing > 0; missing--) {
      if (!this.#address) return;
      let opened: us_listen_socket | false = false;
      // The callback comes before listen() returns.
      this.#app.listen(this.#address.host, this.#address.port, (socket) => {
        opened = socket;
      });
      if (!opened) return;
      this.#sockets.push(opened);
    }
  }

  #pause(): void {
    for (const socket of this.#sockets) uWS.us_listen_socket_close(socket);
    this.#sockets = [];
  }

  /** @param change 1 for a connection that opened, -1 for one that closed */
  readonly #count = (_response: HttpResponse, change: unknown): void => {
    this.#connections += Number(change);
    this.review();
  };

  /** Listens or not, as the number of open connections asks for. */
  review(): void {
    const all = this.#connections + this.#elsewhere();
    if (all >= this.connectionsMax * CLOSE_AT) this.#pause();
    // Those that failed when the others were opened are tried again here, too.
    else if (this.#sockets.length < this.#queues && all <= this.connectionsMax * OPEN_AT) this.#listen();
  }
}
