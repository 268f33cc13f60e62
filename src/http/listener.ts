// Accepts connections, within the process's file descriptors (I6). With none left, accept would fail and be tried again
// without end, at full CPU. So it stops listening at 90 % of the limit, which leaves the kernel and the other workers to
// take new clients, and listens again at 80 %.
import { readFileSync } from 'node:fs';
import { hostAndPort } from '../address.ts';
import { type HttpResponse, type TemplatedApp, type us_listen_socket, uWS } from './uws.ts';

const CLOSE_AT = 0.9;
const OPEN_AT = 0.8;
/** What the process itself has open besides clients: files, stores, timers. */
const OWN_DESCRIPTORS = 100;

/** Soft limit of open files of this process; Infinity where the platform does not tell. */
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
  readonly connectionsMax = descriptorLimit() - OWN_DESCRIPTORS;
  #address: { host: string; port: number } | null = null;
  #socket: us_listen_socket | null = null;
  #connections = 0;
  readonly #elsewhere: () => number;

  /** @param elsewhere client connections of this process that are not of this app */
  constructor(app: TemplatedApp, elsewhere: () => number = () => 0) {
    this.#app = app;
    this.#elsewhere = elsewhere;
    app.filter(this.#count);
  }

  /** Open client connections of this process. */
  get connections(): number {
    return this.#connections;
  }

  get listening(): boolean {
    return this.#socket !== null;
  }

  /** @throws if the address can't be bound */
  open(host: string, port: number): void {
    this.#address = { host, port };
    this.#listen();
    if (!this.#socket) throw new Error(`can't listen on ${hostAndPort(host, port)}`);
  }

  /** Takes no new connection, for good. */
  close(): void {
    this.#address = null;
    this.#pause();
  }

  #listen(): void {
    if (!this.#address) return;
    // The callback comes before listen() returns.
    this.#app.listen(this.#address.host, this.#address.port, (socket) => {
      this.#socket = socket || null;
    });
  }

  #pause(): void {
    if (this.#socket) uWS.us_listen_socket_close(this.#socket);
    this.#socket = null;
  }

  /** @param change 1 for a connection that opened, -1 for one that closed */
  readonly #count = (_response: HttpResponse, change: unknown): void => {
    this.#connections += Number(change);
    this.review();
  };

  /** Listens or not, as the number of open connections asks for. */
  review(): void {
    const all = this.#connections + this.#elsewhere();
    if (this.#socket && all >= this.connectionsMax * CLOSE_AT) this.#pause();
    else if (!this.#socket && all <= this.connectionsMax * OPEN_AT) this.#listen();
  }
}
