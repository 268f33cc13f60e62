// One database server as a child process: started, watched, started again when it dies by itself, stopped.
// Promise: it lives in its own process group, so a terminal's Ctrl-C does not reach it. However this process ends, the
// server is signalled to stop: by the 'exit' handler below, and after a kill -9 by the kernel (Linux, `setpriv`).
// Without setpriv, a kill -9 of this process leaves the server running; the next start on its data stops it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';

const RESTART_FIRST_MS = 100;
const RESTART_LAST_MS = 5000;
/** A server that ran this long had started well: its next restart is quick again. */
const SETTLED_AFTER_MS = 10_000;
const PROBE_EVERY_MS = 20;
const LOG_BYTES_MAX = 5_000_000;

export interface ServerLaunch {
  readonly file: string;
  readonly args: readonly string[];
  /** Delivers a signal if the child is not the server itself (a container); false if that can't be done. */
  readonly signal?: (name: NodeJS.Signals) => Promise<boolean>;
}

export interface ServerSpec {
  /** As people know it: `redis-server`. */
  readonly name: string;
  readonly launch: ServerLaunch;
  readonly logFile: string;
  readonly readyWithinMs: number;
  /** Removes what a crash left in the way; runs before each launch. */
  readonly prepare: () => Promise<void>;
  readonly isReady: () => Promise<boolean>;
}

export interface ServerPolicy {
  /** Start it again when it ends without having been asked to. */
  readonly restart: boolean;
  /** What the kernel sends the server if this process dies. SIGKILL also ends one that hangs. */
  readonly ifOrphaned: 'SIGTERM' | 'SIGKILL';
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

let setprivWorks: boolean | undefined;

/** The command that runs `file` so that the kernel signals it when its parent dies, if the system can do that. */
function boundToParent(file: string, args: readonly string[], signal: ServerPolicy['ifOrphaned']): [string, string[]] {
  setprivWorks ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0;
  return setprivWorks
    ? ['setpriv', ['--pdeathsig', signal.slice('SIG'.length), '--', file, ...args]]
    : [file, [...args]];
}

function openLog(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) renameSync(path, `${path}.old`);
  return openSync(path, 'a', 0o600);
}

/** The end of what the server wrote since `offset`: why it would not start. */
function lastLines(path: string, offset: number): string {
  const lines = readFileSync(path).subarray(offset).toString('utf8').trim().split('\n');
  const errors = lines.filter((line) => /error|fatal|can't|failed/i.test(line) && !/aborting/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-3).join(' / ');
}

export class ServerProcess {
  readonly #spec: ServerSpec;
  readonly #policy: ServerPolicy;
  readonly #log: Logger;
  /** True from start() to stop(): the server ought to be there. */
  #wanted = false;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #restartInMs = RESTART_FIRST_MS;

  constructor(spec: ServerSpec, policy: ServerPolicy, log: Logger) {
    this.#spec = spec;
    this.#policy = policy;
    this.#log = log;
  }

  /** Of the child process; null while there is none. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Resolves once the server answers. @throws Error with the server's own words if it ends, or is not ready in time */
  async start(): Promise<void> {
    this.#wanted = true;
    try {
      await this.#launch(this.#spec.readyWithinMs);
      if (this.#policy.restart) this.#watch();
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  /** SIGTERM, and SIGKILL after `withinMs`. Resolves when no process is left. */
  async stop(withinMs: number): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child === null) return;
    if (withinMs > 0) {
      await this.signal('SIGTERM');
      const patience = new AbortController();
      await Promise.race([this.#ended, sleep(withinMs, undefined, { signal: patience.signal }).catch(() => {})]);
      patience.abort();
    }
    if (this.#child !== null) {
      if (withinMs > 0) this.#log.warn({ server: this.#spec.name, withinMs }, 'did not stop in time, killed');
      await this.signal('SIGKILL');
      await this.#ended;
    }
  }

  /** Delivers a signal to the server, if it runs. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child !== null && !(await this.#spec.launch.signal?.(name))) child.kill(name);
  }

  /** Resolves when the server that runs now has ended. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #launch(readyWithinMs: number): Promise<ChildProcess> {
    const { name, logFile } = this.#spec;
    await this.#spec.prepare();
    if (!this.#wanted) throw new Error(`${name} was stopped`);
    const logOffset = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    const startedAt = performance.now();
    const child = this.#spawn();
    let failure: string | null = null;
    child.once('error', (error) => {
      failure = error.message;
    });
    child.once('exit', (code, signal) => {
      failure = `it ended with ${signal ?? `code ${code}`}`;
    });
    while (!(await this.#spec.isReady())) {
      if (performance.now() - startedAt > readyWithinMs) failure ??= `no answer within ${readyWithinMs / 1000} s`;
      if (failure !== null) {
        throw new Error(`${name} did not start: ${failure}: ${lastLines(logFile, logOffset)} (${logFile})`);
      }
      await sleep(PROBE_EVERY_MS);
    }
    return child;
  }

  #spawn(): ChildProcess {
    const { file, args, signal } = this.#spec.launch;
    // The docker command hands SIGTERM on to its container, and can't hand on SIGKILL.
    const ifOrphaned = signal === undefined ? this.#policy.ifOrphaned : 'SIGTERM';
    const log = openLog(this.#spec.logFile);
    const child = spawn(...boundToParent(file, args, ifOrphaned), {
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running.add(child);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const settle = (): void => {
        running.delete(child);
        if (this.#child === child) this.#child = null;
        resolve();
      };
      child.once('exit', settle);
      child.once('error', settle);
    });
    return child;
  }

  #watch(): void {
    const readyAt = performance.now();
    void this.#ended.then(async () => {
      if (performance.now() - readyAt > SETTLED_AFTER_MS) this.#restartInMs = RESTART_FIRST_MS;
      while (this.#wanted) {
        this.#log.warn({ server: this.#spec.name, inMs: this.#restartInMs }, 'ended by itself, starts again');
        await sleep(this.#restartInMs);
        this.#restartInMs = Math.min(this.#restartInMs * 2, RESTART_LAST_MS);
        try {
          // Without a limit: recovery after a crash takes as long as it takes, and killing it would begin it again.
          const next = await this.#launch(Number.POSITIVE_INFINITY);
          this.#log.info({ server: this.#spec.name, pid: next.pid }, 'is back');
          return this.#watch();
        } catch (error) {
          if (this.#wanted) this.#log.error({ server: this.#spec.name, reason: (error as Error).message }, 'not back');
        }
      }
    });
  }
}
