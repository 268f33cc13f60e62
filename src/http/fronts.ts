// What listens on the port: a uWebSockets.js app with the certificate that it read when it was made. A new certificate
// needs a new app. It listens beside the old one (SO_REUSEPORT), which then takes no new connection and answers with
// `Connection: close`, until its clients have moved. No request is refused meanwhile, and there is a listener at any
// time.
import type { RequestMetrics } from '../metrics/requests.ts';
import type { ServerState } from './exchange.ts';
import { Listener } from './listener.ts';
import type { TlsFiles } from './tls.ts';
import { type TemplatedApp, uWS } from './uws.ts';

interface Front {
  readonly app: TemplatedApp;
  readonly listener: Listener;
  readonly state: ServerState;
}

/** uWebSockets.js closes an idle connection after 10 s; a client that is slower than this is cut. */
const RETIRED_MAX_MS = 30_000;
const RETIRED_POLL_MS = 250;

export class Fronts {
  readonly #addRoutes: (app: TemplatedApp, state: ServerState) => void;
  readonly #listenQueues: number;
  readonly #metrics: RequestMetrics;
  readonly #retired = new Set<Front>();
  #current: Front;
  #digest: string | null;
  #address: { readonly host: string; readonly port: number } | null = null;
  #draining = false;

  /** @param listenQueues sockets to listen with, see listener.ts */
  constructor(
    addRoutes: (app: TemplatedApp, state: ServerState) => void,
    { tls, listenQueues, metrics }: { tls: TlsFiles | null; listenQueues: number; metrics: RequestMetrics },
  ) {
    this.#addRoutes = addRoutes;
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
  listen(host: string, port: number): void {
    this.#address = { host, port };
    this.#current.listener.open(host, port);
  }

  /** Nothing happens if certificate and key are those in use. @throws if it can't listen: the old one goes on */
  replaceTls(tls: TlsFiles | null): void {
    if (tls === null || tls.digest === this.#digest || this.#draining) return;
    const next = this.#make(tls);
    if (this.#address) next.listener.open(this.#address.host, this.#address.port);
    const old = this.#current;
    this.#current = next;
    this.#digest = tls.digest;
    // At the end of the turn the old one has accepted what the kernel had queued for it.
    setImmediate(() => this.#retire(old));
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
    for (const { app } of this.#all) app.close();
    this.#retired.clear();
  }

  get #all(): Front[] {
    return [this.#current, ...this.#retired];
  }

  #make(tls: TlsFiles | null): Front {
    const app = tls ? uWS.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile }) : uWS.App();
    const state: ServerState = { draining: false, open: 0, metrics: this.#metrics };
    const listener = new Listener(app, this.#listenQueues, () => this.connections - listener.connections);
    this.#addRoutes(app, state);
    return { app, listener, state };
  }

  #retire(front: Front): void {
    const startMs = performance.now();
    this.#retired.add(front);
    front.state.draining = true;
    front.listener.close();
    const timer = setInterval(() => {
      this.#current.listener.review();
      if (front.listener.connections > 0 && performance.now() - startMs < RETIRED_MAX_MS) return;
      clearInterval(timer);
      if (this.#retired.delete(front)) front.app.close();
    }, RETIRED_POLL_MS);
  }
}
