// The primary: starts everything in order, keeps it running, stops it in order.
//
// Start, in this order:
//   - claim the port, end what a killed primary left
//   - the embedded Redis and MySQL, if no URLs are given
//   - both stores are asked once, and waited for
//   - schema and demo coupon
//   - HTTP workers, persister and the admin process: start-order.ts
// While MySQL is unreachable the HTTP workers begin alone on a Redis that is verified.
// Load balancers see the node as ready once all of it runs: a failure to start is not preceded by a readiness.
// Stop, in this order: not ready and serving, if asked to → HTTP workers finish what is in flight → the persister
// writes what they granted → the embedded databases.
// A crash of the primary: every child sees its IPC channel close, finishes, and exits; all data is in Redis and MySQL.

import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { join, resolve } from 'node:path';
import { hostAndPort } from '../address.ts';
import { type Config, explainConfig, withoutSecrets } from '../config.ts';
import type { Logger } from '../log.ts';
import { MetricsHub } from '../metrics/hub.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type MetricsServer, serveMetrics } from '../metrics/server.ts';
import { projectRoot } from '../project.ts';
import { pollUntil } from '../runtime/poll.ts';
import { wantsDemo } from './demo.ts';
import { withKnownClaims } from './known-claims.ts';
import { type Deployment, endLeftoverProcesses, markOf } from './leftover-processes.ts';
import { endAll, ManagedProcess, type ManagedProcessOptions } from './managed-process.ts';
import { ENGINE_REASON_VARIABLE, type InstallationMessage, SETTINGS_VARIABLE } from './messages.ts';
import { PortClaim, PortTaken } from './port-claim.ts';
import { isReady } from './ready-probe.ts';
import { startHttpWorkers, startNode } from './start-order.ts';
import { type StoreSteps, StoreWait } from './store-wait.ts';

const NOT_FOR_CHILDREN = ['REDIS_URL', 'MYSQL_URL', 'MYSQL_MIGRATION_URL', 'COUPONRUSH_ADMIN_TOKEN'];
const workersFolder = join(projectRoot, 'dist/workers');
/** Processes of a primary that was killed are gone after 5 s. Those that are not stand still. */
const LEFTOVERS_WITHIN_MS = 6000;
/** More than the embedded databases take after the drain. */
const STOP_MARGIN_MS = 5000;
const SERVING_POLL_MS = 50;
const LOCAL_SERVERS_STOP_MS = 1500;

export interface StoreUrls {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  /** By the user that may change the schema; null if `mysqlUrl` is all there is. */
  readonly mysqlMigrationUrl: string | null;
}

export interface PrimaryOptions {
  readonly config: Config;
  /** Of all HTTP workers; `reason` is null if it is uWebSockets.js. */
  readonly engine: { readonly name: Config['httpEngine']; readonly reason: string | null };
  readonly log: Logger;
  /** Of the primary itself. */
  readonly metrics: Pick<Metrics, 'registry' | 'build' | 'host' | 'process' | 'workers'>;
  /** Checks the stores, and prepares them for the processes. */
  readonly stepsFor: (stores: StoreUrls) => StoreSteps;
  readonly announce: (stores: StoreUrls) => void;
  /** Something that restarts don't fix. The primary is stopping when this is called. */
  readonly onFailure: (reason: string) => void;
  readonly progress: (sentence: string) => void;
}

export class Primary {
  readonly #options: PrimaryOptions;
  readonly #http: ManagedProcess[] = [];
  readonly #hub: MetricsHub;
  readonly #claim: PortClaim;
  readonly #deployment: Deployment;
  #metricsServer: MetricsServer | null = null;
  #persister: ManagedProcess | null = null;
  #admin: ManagedProcess | null = null;
  #announced = false;
  /** Each process that was to start has become ready once. */
  #allRun = false;
  /** It stops soon. An HTTP worker that starts meanwhile gets this message as well. */
  #lameDuck = false;
  /** What the gate has said last: an HTTP worker or the admin process that starts later gets it as well. */
  #installation: InstallationMessage | null = null;
  #localServers: ManagedProcess | null = null;
  #stopping: Promise<void> | null = null;
  /** Aborted by a stop: what waits for a store ends. */
  readonly #waiting = new AbortController();

  constructor(options: PrimaryOptions) {
    this.#options = options;
    this.#hub = new MetricsHub(options.metrics.registry);
    const { host, port, dataDir } = options.config;
    this.#claim = new PortClaim(host, port);
    this.#deployment = { port, dataDir: resolve(dataDir) };
  }

  /** @throws PortTaken, or the first error of the stores */
  async start(): Promise<void> {
    const { config, log, stepsFor, announce, progress } = this.#options;
    await this.#claim.take(config.lameDuckMs + config.drainMs + STOP_MARGIN_MS);
    await endLeftoverProcesses(this.#deployment, LEFTOVERS_WITHIN_MS, log);
    await this.#claim.whenFree(LEFTOVERS_WITHIN_MS);
    await this.#serveMetrics();
    const stores = await this.#openStores();
    if (this.#stopping) return;
    progress('checking Redis, MySQL and the schema');
    const { signal } = this.#waiting;
    const wait = new StoreWait({ steps: stepsFor(stores), waitMs: config.startWaitMs, progress, signal });
    const usable = await wait.untilUsable();
    if (this.#stopping) return;
    const [persister, admin] = this.#createProcesses(stores);
    const { claim } = wait;
    if (claim !== null) {
      this.#tellInstallation({ type: 'installation', claims: [claim], problem: null, isFinal: false });
    }
    if (usable === 'both') {
      progress(`starting ${config.workers} HTTP workers and the persister`);
      await startNode({ http: this.#http, persister, admin }, { mayDecide: claim !== null, signal });
      await this.#serving([...this.#http, admin]);
    } else {
      progress(`starting ${config.workers} HTTP workers on a verified Redis; persister and admin API wait for MySQL`);
      await startHttpWorkers(this.#http, { signal });
      await this.#serving(this.#http);
    }
    if (this.#stopping) return;
    this.#announced = true;
    announce(stores);
    if (usable === 'both') return;
    await wait.untilMysqlUsable();
    if (this.#stopping) return;
    progress('MySQL is usable: starting the persister and the admin API');
    for (const child of [persister, admin]) child.start();
  }

  /** Stops everything in order. Resolves when all processes are gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder();
    this.#waiting.abort();
    return this.#stopping;
  }

  /** Its processes read keys, certificates and the admin token again. */
  reload(): void {
    for (const child of [...this.#http, this.#admin]) child?.reload();
  }

  /** Ends everything at once. */
  kill(): void {
    for (const child of [...this.#http, this.#admin, this.#persister, this.#localServers]) child?.kill();
  }

  async #stopInOrder(): Promise<void> {
    this.#claim.announceStop();
    await this.#beLameDuck();
    const endMs = performance.now() + this.#options.config.drainMs;
    const left = () => Math.max(0, endMs - performance.now());
    await endAll(this.#admin ? [...this.#http, this.#admin] : this.#http, left());
    if (this.#persister) await endAll([this.#persister], left());
    if (this.#localServers) await endAll([this.#localServers], LOCAL_SERVERS_STOP_MS);
    this.#metricsServer?.close();
  }

  /** Load balancers see that it is not ready, and clients are served until they have gone elsewhere. */
  async #beLameDuck(): Promise<void> {
    const { lameDuckMs } = this.#options.config;
    if (lameDuckMs === 0 || !this.#announced) return;
    this.#lameDuck = true;
    for (const child of this.#http) child.tell({ type: 'lame-duck' });
    await new Promise((resolve) => setTimeout(resolve, lameDuckMs));
  }

  async #serveMetrics(): Promise<void> {
    const { config, metrics } = this.#options;
    const { metricsHost, metricsPort } = config;
    metrics.process.observeProcess('primary');
    metrics.host.watchHost();
    metrics.build.showBuild();
    if (metricsPort === 0) return;
    try {
      this.#metricsServer = await serveMetrics(metricsHost, metricsPort, async () => ({
        text: await this.#hub.text(),
        claims: this.#installation?.claims ?? [],
      }));
    } catch (error) {
      const at = hostAndPort(metricsHost, metricsPort);
      throw new PortTaken(`metrics can't be served on ${at} (METRICS_PORT): ${String(error)}`);
    }
  }

  /** Not started yet. Each is in the metrics from now on, as one that is down. */
  #createProcesses(stores: StoreUrls): [ManagedProcess, ManagedProcess] {
    // The schema is done. Only the admin process needs the operators' token, sends webhooks and reads a Prometheus.
    const given = {
      REDIS_URL: stores.redisUrl,
      MYSQL_URL: stores.mysqlUrl,
      EMBEDDED: undefined,
      ...markOf(this.#deployment),
    };
    const adminEnv = { ...withoutSecrets(NOT_FOR_CHILDREN), ...given };
    const env = withoutSecrets(['ADMIN_TOKEN', 'WEBHOOK_URL', 'WEBHOOK_SECRET', 'PROMETHEUS_URL'], adminEnv);
    this.#admin = this.#manageAdmin({ ...adminEnv, [SETTINGS_VARIABLE]: JSON.stringify(explainConfig()) });
    this.#persister = this.#manage('persister', () => fork(join(workersFolder, 'persister.js'), { env }), {
      onInstallation: (message) => this.#tellInstallation(message),
    });
    // Where the primary has the listening socket, the workers accept from it themselves.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ exec: join(workersFolder, 'http-worker.js') });
    const { config, engine } = this.#options;
    for (let number = 1; number <= config.workers; number++) {
      const workerEnv = {
        ...env,
        HTTP_WORKER_NUMBER: String(number),
        HTTP_ENGINE: engine.name,
        [ENGINE_REASON_VARIABLE]: engine.reason ?? undefined,
        // With both URLs given to it, `auto` would mean something else in a child.
        COUPONRUSH_DEMO: wantsDemo(config) ? 'on' : 'off',
      };
      this.#http.push(this.#manage(`http ${number}`, () => cluster.fork(workerEnv).process));
    }
    return [this.#persister, this.#admin];
  }

  #manage(title: string, forkChild: () => ChildProcess, options: Partial<ManagedProcessOptions> = {}): ManagedProcess {
    return new ManagedProcess({
      title,
      fork: forkChild,
      greeting: () => [
        ...(this.#installation ? [this.#installation] : []),
        ...(this.#allRun ? [{ type: 'all-run' } as const] : []),
        ...(this.#lameDuck ? [{ type: 'lame-duck' } as const] : []),
      ],
      log: this.#options.log,
      hub: this.#hub,
      metrics: this.#options.metrics.workers,
      heartbeat: true,
      onHopeless: (reason) => this.#giveUp(reason),
      ...options,
    });
  }

  #tellInstallation(message: InstallationMessage): void {
    const installation = withKnownClaims(this.#installation, message);
    this.#installation = installation;
    for (const child of [...this.#http, this.#admin]) child?.tell(installation);
    if (message.problem !== null && !this.#announced) this.#options.progress(message.problem);
  }

  #giveUp(reason: string): void {
    if (this.#stopping) return;
    void this.stop();
    this.#options.onFailure(reason);
  }

  /**
   * At the start its failure is one of the whole server: a port in use must be reported. Later, issuing goes on
   * without the admin process.
   */
  #manageAdmin(env: NodeJS.ProcessEnv): ManagedProcess {
    return this.#manage('admin', () => fork(join(workersFolder, 'admin.js'), { env }), {
      keepTrying: true,
      onHopeless: (reason) => {
        if (this.#stopping) return;
        this.#options.log.error({ reason }, 'the admin API does not come back; issuing goes on');
        if (!this.#announced) this.#giveUp(reason);
      },
    });
  }

  #openStores(): Promise<StoreUrls> {
    const { config, progress } = this.#options;
    const { redisUrl, mysqlUrl, mysqlMigrationUrl } = config;
    if (redisUrl && mysqlUrl) return Promise.resolve({ redisUrl, mysqlUrl, mysqlMigrationUrl });
    progress(`starting its own databases, data in ${config.dataDir}`);
    const env = { ...process.env, ...markOf(this.#deployment) };
    return new Promise((resolve) => {
      this.#localServers = this.#manage('local-servers', () => fork(join(workersFolder, 'local-servers.js'), { env }), {
        heartbeat: false,
        onProgress: progress,
        onReady(message) {
          const { redisUrl, mysqlUrl, mysqlMigrationUrl = null } = message;
          if (redisUrl && mysqlUrl) resolve({ redisUrl, mysqlUrl, mysqlMigrationUrl });
        },
      });
      this.#localServers.start();
    });
  }

  /** Resolves when these processes are up and the issue API says that it is ready, or a stop came first. */
  async #serving(children: readonly ManagedProcess[]): Promise<void> {
    const { host, port, tlsCertFile } = this.#options.config;
    const address = { host, port, tls: tlsCertFile !== null };
    const { signal } = this.#waiting;
    await pollUntil(() => children.every((child) => child.ready), { everyMs: SERVING_POLL_MS, signal });
    this.#allRun = true;
    for (const child of this.#http) child.tell({ type: 'all-run' });
    await pollUntil(() => isReady(address), { everyMs: SERVING_POLL_MS, signal });
  }
}
