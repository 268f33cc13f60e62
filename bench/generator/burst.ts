// A rush: every user opens a connection at once, asks, and closes it. All sockets are made beforehand and connected in
// one turn of the event loop, so that the burst is as sudden as one process can make it.
import { Client, type ClientEvents } from './client.ts';
import type { GeneratorRecord, Load, Order } from './messages.ts';
import { RequestBytes } from './request.ts';
import { Tally } from './tally.ts';

/** Connections from one address; the kernel has about 28,000 ports, and those of the last minute are not free yet. */
const CONNECTIONS_AN_ADDRESS = 5000;
const ADDRESSES = 200;
let bursts = 0;

export class BurstLoad {
  readonly #load: Extract<Load, { kind: 'burst' }>;
  readonly #order: Order;
  readonly #requests: readonly RequestBytes[];
  /** Clients that are not done, and how often each is still to ask. */
  readonly #left = new Map<Client, number>();
  #tally = new Tally(0, false);
  #firstConnectMs = Number.POSITIVE_INFINITY;
  #lastConnectMs = 0;
  #finish: () => void = () => {};

  constructor(order: Order) {
    const { load, port, couponIds, firstUser, asksEach } = order;
    if (load.kind !== 'burst') throw new Error('not a burst');
    this.#order = order;
    this.#load = load;
    this.#requests = couponIds.map((couponId) => new RequestBytes(port, couponId, 'issue'));
    bursts += 1;
    const events: ClientEvents = {
      onAttempt: (client) => this.#begun(client),
      onConnect: (client) => this.#send(client),
      onAnswer: (client, status) => this.#answered(client, status),
      onEnd: (client) => this.#lost(client),
    };
    for (let index = 0; index < load.users; index++) {
      const address = 2 + ((bursts * 7 + Math.floor(index / CONNECTIONS_AN_ADDRESS)) % ADDRESSES);
      const client = new Client(port, index % couponIds.length, events, `127.0.0.${address}`);
      client.user = firstUser + index;
      this.#left.set(client, asksEach);
    }
  }

  async run(): Promise<GeneratorRecord> {
    this.#tally = new Tally(this.#order.couponIds.length, this.#order.keepAnswers);
    const timeout = setTimeout(() => this.#giveUp(), this.#load.timeoutSeconds * 1000);
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
      if (this.#left.size === 0) resolve();
      for (const client of this.#left.keys()) {
        client.startedMs = performance.now();
        client.connect();
      }
    });
    clearTimeout(timeout);
    return { ...this.#tally.record(), firstConnectMs: this.#firstConnectMs, lastConnectMs: this.#lastConnectMs };
  }

  #begun(client: Client): void {
    client.startedMs = performance.now();
    this.#lastConnectMs = performance.timeOrigin + client.startedMs;
    this.#firstConnectMs = Math.min(this.#firstConnectMs, this.#lastConnectMs);
  }

  #send(client: Client): void {
    client.send((this.#requests[client.couponIndex] as RequestBytes).of(client.user));
  }

  #answered(client: Client, status: number): void {
    this.#tally.answered(status, client.startedMs, client.couponIndex, client.user);
    const asks = (this.#left.get(client) as number) - 1;
    if (asks > 0) {
      this.#left.set(client, asks);
      client.startedMs = performance.now();
      this.#send(client);
      return;
    }
    this.#left.delete(client);
    client.close();
    if (this.#left.size === 0) this.#finish();
  }

  #lost(client: Client): void {
    if (!this.#left.delete(client)) return;
    this.#tally.failed(client.user);
    if (this.#left.size === 0) this.#finish();
  }

  #giveUp(): void {
    for (const client of this.#left.keys()) {
      this.#tally.failed(client.user);
      client.close();
    }
    this.#finish();
  }
}
