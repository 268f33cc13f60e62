// One child process that must run: started, watched, restarted.
//
//   starting ──ready──► ready ──exit──► waiting ──backoff──► starting …
//      │ exit, or no `ready` in time: a death at boot            any ──stop()──► stopped
//
// A missed heartbeat means that its event loop stands still: it is killed and replaced. Only time in which the primary
// could listen counts: if both had no CPU (a suspended machine, a container at its limit), no process counts as hung.
// If a process dies at boot again and again, a restart does not fix the defect: `onHopeless` is called.
import type { ChildProcess } from 'node:child_process';
import type { Logger } from '../log.ts';
import type { MetricsHub } from '../metrics/hub.ts';
import type { RestartReason, WorkerMetrics } from '../metrics/workers.ts';
import type { InstallationMessage, ToChild, ToPrimary } from './messages.ts';

export interface ManagedProcessOptions {
  readonly title: string;
  readonly fork: () => ChildProcess;
  readonly log: Logger;
  /** Takes its reports. */
  readonly hub: MetricsHub;
  readonly metrics: WorkerMetrics;
  readonly onReady?: (message: ToPrimary & { type: 'ready' }) => void;
  readonly onProgress?: (text: string) => void;
  readonly onInstallation?: (message: InstallationMessage) => void;
  /** Sent to each new process, once it listens. */
  readonly greeting?: () => readonly ToChild[];
  readonly onHopeless: (reason: string) => void;
  /** Restart it also after it was called hopeless. */
  readonly keepTrying?: boolean;
  /** Whether it sends heartbeats, and is killed when they stop. */
  readonly heartbeat: boolean;
  /** A process that was ready for so long is replaced at once when it ends. */
  readonly steadyMs?: number;
}

const BACKOFF_FIRST_MS = 100;
const BACKOFF_LAST_MS = 5000;
/** A process that did its work for so long is replaced at once: there is no sign that the next one would die too. */
const STEADY_MS = 5000;
const BOOT_DEATHS_MAX = 5;
const BOOT_DEATHS_WITHIN_MS = 30_000;
const BOOT_LIMIT_MS = 120_000;
const HEARTBEAT_LIMIT_MS = 2000;
/** Two heartbeats missed, and a little: what metrics call down. */
const HEARTBEAT_LATE_MS = 1500;
const HEARTBEAT_CHECK_EVERY_MS = 250;

export class ManagedProcess {
  readonly title: string;
  readonly #options: ManagedProcessOptions;
  #state: 'starting' | 'ready' | 'waiting' | 'stopped' = 'waiting';
  #child: ChildProcess | null = null;
  #startedMs = 0;
  #readyMs = 0;
  #heardMs = 0;
  #checkedMs = 0;
  #bootDeathsMs: number[] = [];
  #failures = 0;
  #hung = false;
  #restart: NodeJS.Timeout | null = null;
  #watch: NodeJS.Timeout | null = null;

  constructor(options: ManagedProcessOptions) {
    this.title = options.title;
    this.#options = options;
    options.metrics.watchWorker(this.title, () => {
      const ageMs = this.#child && options.heartbeat ? performance.now() - this.#heardMs : null;
      return { title: this.title, up: this.ready && (ageMs ?? 0) < HEARTBEAT_LATE_MS, heartbeatAgeMs: ageMs };
    });
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** It could not be started, or ended before it was ready, and is tried again. */
  get struggles(): boolean {
    return this.#state === 'waiting' || (this.#state === 'starting' && this.#failures > 0);
  }

  get running(): boolean {
    return this.#child !== null;
  }

  start(): void {
    this.#state = 'starting';
    this.#startedMs = performance.now();
    this.#heardMs = this.#startedMs;
    let child: ChildProcess;
    try {
      child = this.#options.fork();
    } catch (error) {
      this.#onNotForked(error as Error);
      return;
    }
    this.#child = child;
    const reports = this.#options.hub.join();
    child.on('message', (message: ToPrimary) => {
      if (message.type === 'metrics') reports.update(message.changed);
      this.#hear(message);
    });
    // What is sent before it listens is lost in a worker of node:cluster; its first message says that it does.
    child.once('message', () => {
      for (const message of this.#options.greeting?.() ?? []) {
        if (child.connected) child.send(message, () => {});
      }
    });
    // Its last report may come after its exit; the channel closes behind it.
    child.once('disconnect', () => reports.leave());
    child.once('exit', (code, signal) => this.#onExit(code, signal));
    child.once('error', (error) => {
      // If the system gives no process, there is no exit either.
      if (child.pid === undefined) this.#onNotForked(error);
      else this.#options.log.error({ title: this.title, err: error }, 'process error');
    });
    this.#checkedMs = this.#startedMs;
    this.#watch ??= setInterval(() => this.#check(), HEARTBEAT_CHECK_EVERY_MS);
  }

  /** Asks it to finish. It is not restarted any more. */
  stop(withinMs: number): void {
    this.#state = 'stopped';
    if (this.#restart) clearTimeout(this.#restart);
    this.tell({ type: 'stop', withinMs });
  }

  tell(message: ToChild): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  /** One that is not running reads the files at its start. */
  reload(): void {
    if (this.#child?.connected) this.#child.send({ type: 'reload' }, () => {});
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** Resolves when it is gone; false if `limitMs` was not enough. */
  async gone(limitMs: number): Promise<boolean> {
    const child = this.#child;
    if (!child) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  #hear(message: ToPrimary): void {
    this.#heardMs = performance.now();
    if (message.type === 'progress') {
      this.#options.onProgress?.(message.text);
    } else if (message.type === 'installation') {
      this.#options.onInstallation?.(message);
    } else if (message.type === 'failed') {
      this.#options.onHopeless(message.message);
    } else if (message.type === 'ready' && this.#state === 'starting') {
      this.#state = 'ready';
      this.#failures = 0;
      this.#readyMs = performance.now();
      this.#options.onReady?.(message);
    }
  }

  #check(): void {
    const nowMs = performance.now();
    // A check that comes late comes before the heartbeats that wait to be read.
    const lateMs = Math.max(0, nowMs - this.#checkedMs - HEARTBEAT_CHECK_EVERY_MS);
    this.#checkedMs = nowMs;
    this.#heardMs = Math.min(nowMs, this.#heardMs + lateMs);
    if (!this.#child) return;
    if (this.#state === 'ready' && this.#options.heartbeat && nowMs - this.#heardMs > HEARTBEAT_LIMIT_MS) {
      this.#options.log.error({ title: this.title, silentMs: Math.round(nowMs - this.#heardMs) }, 'hangs: killed');
      this.#hung = true;
      this.kill();
    }
    if (this.#state === 'starting' && nowMs - this.#startedMs > BOOT_LIMIT_MS) {
      this.#options.log.error({ title: this.title }, 'did not become ready: killed');
      this.kill();
    }
  }

  /** No process can be had now (limits of the system): tried again, however often. */
  #onNotForked(error: Error): void {
    this.#child = null;
    if (this.#state === 'stopped') return;
    this.#state = 'waiting';
    this.#options.log.error({ title: this.title, err: error }, 'no process can be started: tried again');
    this.#startLater();
  }

  #startLater(): void {
    const delayMs = Math.min(BACKOFF_FIRST_MS * 2 ** this.#failures, BACKOFF_LAST_MS);
    this.#failures += 1;
    this.#restart = setTimeout(() => this.start(), delayMs);
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = null;
    if (this.#state === 'stopped') {
      if (this.#watch) clearInterval(this.#watch);
      return;
    }
    const diedAtBoot = this.#state === 'starting';
    const { steadyMs = STEADY_MS } = this.#options;
    const wasSteady = this.#state === 'ready' && performance.now() - this.#readyMs >= steadyMs;
    const reason: RestartReason = diedAtBoot ? 'boot' : this.#hung ? 'hung' : 'exit';
    this.#hung = false;
    this.#options.metrics.countRestart(this.title, reason);
    this.#state = 'waiting';
    this.#options.log.warn({ title: this.title, code, signal, diedAtBoot }, 'process ended: it is restarted');
    if (diedAtBoot) {
      const nowMs = performance.now();
      this.#bootDeathsMs = [...this.#bootDeathsMs, nowMs].filter((at) => nowMs - at < BOOT_DEATHS_WITHIN_MS);
      if (this.#bootDeathsMs.length >= BOOT_DEATHS_MAX) {
        const how = signal ? `signal ${signal}` : `exit code ${code}`;
        this.#options.onHopeless(`${this.title} died ${BOOT_DEATHS_MAX} times while it started, last with ${how}`);
        if (!this.#options.keepTrying) return;
        this.#bootDeathsMs = [];
      }
    }
    if (wasSteady) this.start();
    else this.#startLater();
  }
}

/** Asks all of them to finish; those that have not after `limitMs` are killed. */
export async function endAll(children: readonly ManagedProcess[], limitMs: number): Promise<void> {
  for (const child of children) child.stop(limitMs);
  await Promise.all(
    children.map(async (child) => {
      if (await child.gone(limitMs)) return;
      child.kill();
      await child.gone(limitMs + 1000);
    }),
  );
}
