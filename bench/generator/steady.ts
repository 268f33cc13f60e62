// Load over connections that stay: closed loop, or open loop at a fixed rate.
import { Client, type ClientEvents } from './client.ts';
import type { GeneratorRecord, Order } from './messages.ts';
import { RequestBytes } from './request.ts';
import { Tally } from './tally.ts';

/** After the end of a run, for requests under way. Longer than the server's own deadline. */
const LAST_ANSWERS_MS = 5000;
const TICK_MS = 1;
/** So many users of one generator; the next generator's begin after them. */
export const USERS_A_GENERATOR = 500_000_000;

export class SteadyLoad {
  readonly #order: Order;
  readonly #clients: Client[] = [];
  readonly #requests: readonly RequestBytes[];
  #tally = new Tally(0, false);
  #asks = 0;
  #underWay = 0;
  #running = false;
  #finish: () => void = () => {};
  /** Open loop: clients without a request, and due times without a client. */
  readonly #idle: Client[] = [];
  readonly #due: number[] = [];
  #dueHead = 0;

  constructor(order: Order) {
    this.#order = order;
    // One request buffer for each connection would be safest. The kernel takes these few bytes at once, so one for each
    // coupon is enough as long as a socket is never behind, and a socket with one request under way never is.
    this.#requests = order.couponIds.map((couponId) => new RequestBytes(order.port, couponId, order.ask));
  }

  /** Resolves when all connections stand. */
  async connect(): Promise<void> {
    const { load, port, couponIds } = this.#order;
    if (load.kind === 'burst') throw new Error('a burst opens its connections by itself');
    const wanted = load.connections;
    await new Promise<void>((resolve, reject) => {
      let standing = 0;
      const events: ClientEvents = {
        onConnect: () => {
          standing += 1;
          if (standing === wanted) resolve();
        },
        onAnswer: (client, status) => this.#answered(client, status),
        onEnd: (client, waiting, reason) => {
          if (standing < wanted) reject(new Error(`a connection could not be made: ${reason}`));
          else this.#lost(client, waiting);
        },
      };
      for (let index = 0; index < wanted; index++) {
        const client = new Client(port, index % couponIds.length, events);
        this.#clients.push(client);
        client.connect();
      }
    });
  }

  async run(): Promise<GeneratorRecord> {
    const { ask, load, couponIds } = this.#order;
    if (load.kind === 'burst') throw new Error('a burst is another load');
    this.#tally = new Tally(couponIds.length, false, ask === 'issue' ? 201 : 200);
    this.#running = true;
    const done = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    if (load.kind === 'closed') {
      setTimeout(() => this.#end(), load.seconds * 1000);
      for (const client of this.#clients) this.#send(client, performance.now());
    } else {
      this.#idle.push(...this.#clients);
      this.#schedule(load.ratePerSecond, load.seconds);
    }
    await done;
    const record = this.#tally.record();
    for (const client of this.#clients) client.close();
    return record;
  }

  #schedule(ratePerSecond: number, seconds: number): void {
    const total = Math.round(ratePerSecond * seconds);
    const { startMs } = this.#tally;
    let scheduled = 0;
    const tick = () => {
      const due = Math.min(total, Math.floor(((performance.now() - startMs) * ratePerSecond) / 1000));
      for (; scheduled < due; scheduled++) this.#due.push(startMs + (scheduled * 1000) / ratePerSecond);
      this.#sendDue();
      if (scheduled < total) setTimeout(tick, TICK_MS);
      else this.#end();
    };
    tick();
  }

  #sendDue(): void {
    while (this.#dueHead < this.#due.length && this.#idle.length > 0) {
      const dueMs = this.#due[this.#dueHead++] as number;
      this.#tally.latestSendMs = Math.max(this.#tally.latestSendMs, performance.now() - dueMs);
      this.#send(this.#idle.pop() as Client, dueMs);
    }
    if (this.#dueHead === this.#due.length) {
      this.#due.length = 0;
      this.#dueHead = 0;
    }
  }

  #send(client: Client, startedMs: number): void {
    const { firstUser, asksEach, users = USERS_A_GENERATOR } = this.#order;
    client.startedMs = startedMs;
    client.user = firstUser + (Math.floor(this.#asks++ / asksEach) % users);
    this.#underWay += 1;
    client.send((this.#requests[client.couponIndex] as RequestBytes).of(client.user));
  }

  #answered(client: Client, status: number): void {
    this.#underWay -= 1;
    this.#tally.answered(status, client.startedMs, client.couponIndex, client.user);
    this.#goOn(client);
  }

  #goOn(client: Client): void {
    if (this.#order.load.kind === 'open') {
      this.#idle.push(client);
      this.#sendDue();
    } else if (this.#running) this.#send(client, performance.now());
    this.#maybeFinish();
  }

  #lost(client: Client, waiting: boolean): void {
    this.#clients.splice(this.#clients.indexOf(client), 1);
    if (!waiting) return;
    this.#underWay -= 1;
    this.#tally.failed(client.user);
    this.#maybeFinish();
  }

  #end(): void {
    this.#running = false;
    this.#maybeFinish();
    setTimeout(() => {
      for (const client of this.#clients) if (!this.#idle.includes(client)) this.#tally.failed(client.user);
      this.#finish();
    }, LAST_ANSWERS_MS).unref();
  }

  #maybeFinish(): void {
    if (!this.#running && this.#underWay === 0 && this.#dueHead === this.#due.length) this.#finish();
  }
}
