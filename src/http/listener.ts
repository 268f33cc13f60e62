// Accepts connections, within the process's file descriptors (I6). With none left, accept would fail and be tried again
// without end, at full CPU. So it stops listening at 90 % of the limit, which leaves the kernel and the other workers
// to take new clients, and listens again at 80 %. A socket of uSockets queues 512 connections that are not accepted
// yet, and so does one of the node engine. Beyond them the kernel drops the SYN, the client repeats it after 1 s, and
// by then everything is sold out. So each worker listens several times on its port: with SO_REUSEPORT every socket has
// a queue of its own, and the kernel spreads connections among them by their addresses.
import { readFileSync } from 'node:fs';
import { hostAndPort } from '../address.ts';
import type { HttpApp, HttpEngine, HttpResponse, ListenSocket } from './engine/engine.ts';

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

const SHORT_TURN_MS = 0.1;

/** Of the event loop. A process that has no short turn because of its load gets the next longer one, and so on. */
async function endOfShortTurn(): Promise<void> {
  let nowMs = performance.now();
  for (let longestMs = SHORT_TURN_MS; ; longestMs *= 1.5) {
    const startMs = nowMs;
    await new Promise((resolve) => setImmediate(resolve));
    nowMs = performance.now();
    if (nowMs - startMs <= longestMs) return;
  }
}

export class Listener {
  readonly #app: HttpApp;
  readonly #closeSocket: HttpEngine['closeListenSocket'];
  /** Client connections that the limit of open files allows. */
  readonly connectionsMax: number;
  readonly #queues: number;
  #address: { host: string; port: number } | null = null;
  #sockets: ListenSocket[] = [];
  /** A socket is being opened: the next one follows by itself. */
  #opening = false;
  #connections = 0;
  readonly #elsewhere: () => number;

  /**
   * @param queues sockets to listen with, each with a queue of its own; one is used if the kernel does not spread
   * @param elsewhere client connections of this process that are not of this app
   */
  constructor(
    { app, engine }: { app: HttpApp; engine: Pick<HttpEngine, 'closeListenSocket'> },
    queues: number,
    elsewhere: () => number = () => 0,
  ) {
    this.#app = app;
    this.#closeSocket = (socket, now) => engine.closeListenSocket(socket, now);
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
  async open(host: string, port: number): Promise<void> {
    this.#address = { host, port };
    if (await new Promise<boolean>((resolve) => this.#listen(resolve))) return;
    const opened = this.#sockets.length;
    this.close();
    throw new Error(
      `can't listen on ${hostAndPort(host, port)}${opened > 0 ? ` ${this.#queues} times, only ${opened}` : ''}`,
    );
  }

  /** Takes no new connection, for good. */
  close(): void {
    this.#address = null;
    this.#closeSockets(false);
  }

  /**
   * As close(), for when others take the new connections. The kernel resets those that wait in the queue of a socket
   * that closes. So each socket closes at the end of a turn that was too short for many to come.
   */
  async closeBetweenConnections(): Promise<void> {
    this.#address = null;
    while (this.#sockets.length > 0) {
      await endOfShortTurn();
      const socket = this.#sockets.pop();
      if (socket !== undefined) this.#closeSocket(socket, false);
    }
  }

  /**
   * Opens the sockets that are missing one after the other, in this turn with uWebSockets.js.
   * @param settle called with false if one can't be opened
   */
  #listen(settle: (opened: boolean) => void = () => {}): void {
    if (this.#address === null || this.#opening || this.#isFull() || this.#sockets.length === this.#queues) {
      settle(true);
      return;
    }
    this.#opening = true;
    this.#app.listen(this.#address.host, this.#address.port, (socket) => {
      this.#opening = false;
      if (socket === false) {
        settle(false);
        return;
      }
      this.#sockets.push(socket);
      if (this.#address === null) this.#closeSockets(false);
      this.#listen(settle);
    });
  }

  /** @param now without those that wait in their queues, for which there are no descriptors */
  #closeSockets(now: boolean): void {
    for (const socket of this.#sockets.splice(0)) this.#closeSocket(socket, now);
  }

  #isFull(): boolean {
    return this.#connections + this.#elsewhere() >= this.connectionsMax * CLOSE_AT;
  }

  /** @param change 1 for a connection that opened, -1 for one that closed */
  readonly #count = (_response: HttpResponse, change: unknown): void => {
    this.#connections += Number(change);
    this.review();
  };

  /** Listens or not, as the number of open connections asks for. */
  review(): void {
    if (this.#isFull()) {
      this.#closeSockets(true);
      return;
    }
    // Those that failed when the others were opened are tried again here, too.
    const isMissing = this.#sockets.length < this.#queues;
    if (isMissing && this.#connections + this.#elsewhere() <= this.connectionsMax * OPEN_AT) this.#listen();
  }
}
