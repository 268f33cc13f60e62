// What listens on the port: an app of the engine with the certificate that it read when it was made. A new certificate
// needs a new app. It listens beside the old one (SO_REUSEPORT), which then takes no new connection and answers with
// `Connection: close`, until its clients have moved. No request is refused meanwhile, and there is a listener at any
// time.
import type { RequestMetrics } from '../metrics/requests.ts';
import type { HttpApp, HttpEngine } from './engine/engine.ts';
import type { ServerState } from './exchange.ts';
import { Listener } from './listener.ts';
import type { TlsFiles } from './tls.ts';

interface Front {
  readonly app: HttpApp;
  readonly listener: Listener;
  readonly state: ServerState;
}

/** Both engines close an idle connection after 10 s; a client that is slower than this is cut. */
const RETIRED_MAX_MS = 30_000;
const RETIRED_POLL_MS = 250;

export interface FrontsOptions {
  readonly engine: HttpEngine;
  readonly tls: TlsFiles | null;
  /** Sockets to listen with, see listener.ts. */
  readonly listenQueues: number;
  readonly metrics: RequestMetrics;
}

export class Fronts {
  readonly #addRoutes: (app: HttpApp, state: ServerState) => void;
  readonly #engine: HttpEngine;
  readonly #listenQueues: number;
  readonly #metrics: RequestMetrics;
  readonly #retired = new Set<Front>();
  #current: Front;
  #digest: string | null;
  #address: { readonly host: string; readonly port: number } | null = null;
  #draining = false;
  /** Two at once would each make an app, also of the same certificate. Never rejected. */
  #replacing: Promise<void> = Promise.resolve();

  constructor(
    addRoutes: (app: HttpApp, state: ServerState) => void,
    { engine, tls, listenQueues, metrics }: FrontsOptions,
  ) {
    this.#addRoutes = addRoutes;
    this.#engine = engine;
    this.#listenQueues = listenQueues;
    this.#metrics = metrics;
    this.#current = this.#make(tls);
    this.#digest = tls?.digest ?? null;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Requests without a response. */
  get open(): number {
    return this.#all.reduce((sum, { state }) => sum + state.open, 0);
  }

  get connections(): number {
    return this.#all.reduce((sum, { listener }) => sum + listener.connections, 0);
  }

  get connectionsMax(): number {
    return this.#current.listener.connectionsMax;
  }

  /** @throws if the address can't be bound */
  async listen(host: string, port: number): Promise<void> {
    this.#address = { host, port };
    await this.#current.listener.open(host, port);
  }

  /**
   * Nothing happens if certificate and key are those in use. A call waits for the one before it.
   * @throws if it can't listen: the old one goes on
   */
  replaceTls(tls: TlsFiles | null): Promise<void> {
    const replacing = this.#replacing.then(() => this.#replace(tls));
    this.#replacing = replacing.catch(() => {});
    return replacing;
  }

  async #replace(tls: TlsFiles | null): Promise<void> {
    if (tls === null || tls.digest === this.#digest || this.#draining) return;
    const next = this.#make(tls);
    try {
      if (this.#address) await next.listener.open(this.#address.host, this.#address.port);
    } catch (error) {
      next.app.close();
      throw error;
    }
    if (this.#draining) {
      next.listener.close();
      next.app.close();
      return;
    }
    const old = this.#current;
    this.#current = next;
    this.#digest = tls.digest;
    void this.#retire(old);
  }

  /** Takes no new connection, and says so to those that are open. */
  startDrain(): void {
    this.#draining = true;
    for (const front of this.#all) {
      front.state.draining = true;
      front.listener.close();
    }
  }

  /** Cuts what is left. */
  close(): void {
    for (const { app, listener } of this.#all) {
      // An app frees its sockets: none of them is to be closed later.
      listener.close();
      app.close();
    }
    this.#retired.clear();
  }

  get #all(): Front[] {
    return [this.#current, ...this.#retired];
  }

  #make(tls: TlsFiles | null): Front {
    const app = this.#engine.createApp(tls);
    const state: ServerState = { draining: false, open: 0, metrics: this.#metrics };
    const elsewhere = () => this.connections - listener.connections;
    const listener = new Listener({ app, engine: this.#engine }, this.#listenQueues, elsewhere);
    this.#addRoutes(app, state);
    return { app, listener, state };
  }

  async #retire(front: Front): Promise<void> {
    this.#retired.add(front);
    front.state.draining = true;
    await front.listener.closeBetweenConnections();
    const startMs = performance.now();
    const timer = setInterval(() => {
      this.#current.listener.review();
      if (front.listener.connections > 0 && performance.now() - startMs < RETIRED_MAX_MS) return;
      clearInterval(timer);
      if (this.#retired.delete(front)) front.app.close();
    }, RETIRED_POLL_MS);
  }
}
