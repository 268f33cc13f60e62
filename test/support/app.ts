// couponrush itself, as `npm start` runs it: primary, HTTP workers and persister on a Redis and a MySQL given by URL.
// Promise: all its processes are gone after the test, also after a failed one, or one that was killed by its time
// limit.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';
import { mysqlUrlOfApp, redisUrlOfApp } from './app-user.ts';
import { freePort } from './free-port.ts';
import type { Scope } from './servers.ts';
import { waitFor, within } from './wait.ts';

export interface AppOptions {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command in front of it, e.g. `['prlimit', '--nofile=300']`; it must become the program, as exec does. */
  readonly through?: readonly string[];
  /** Otherwise a free one. */
  readonly port?: number;
  /** A built folder of another version. */
  readonly root?: string;
  /** Resolve without waiting until it is ready. */
  readonly impatient?: boolean;
}

export interface App {
  readonly url: string;
  readonly port: number;
  readonly metricsUrl: string;
  /** Of the admin API; its token is ADMIN_TOKEN. */
  readonly adminUrl: string;
  readonly primary: ChildProcess;
  /** What it has written so far, standard output and error. */
  output(): string;
  /** Process ids of its children with this title, e.g. `http 1`, `persister`; all HTTP workers for `http`. */
  pids(title: string): number[];
  /** Resolves with the primary's exit code, or the signal that ended it. */
  exited(withinMs: number): Promise<number | string | null>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | string | null>;
}

export const ADMIN_TOKEN = 'token-of-the-tests';
/** A start takes a second; on a machine whose cores are shared with others, much longer. */
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 8_000;

export async function startApp(t: Scope, options: AppOptions): Promise<App> {
  const port = options.port ?? (await freePort());
  const metricsPort = await freePort();
  const adminPort = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const command = [...(options.through ?? []), process.execPath, join(options.root ?? projectRoot, 'dist/src/main.js')];
  const [program, ...args] = [...boundToThisProcess(), ...command];
  const primary = spawn(program as string, args, {
    env: {
      ...process.env,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      ADMIN_PORT: String(adminPort),
      ADMIN_TOKEN,
      WORKERS: '2',
      REDIS_URL: redisUrlOfApp(options.redisUrl),
      MYSQL_URL: mysqlUrlOfApp(options.mysqlUrl),
      MYSQL_MIGRATION_URL: options.mysqlUrl,
      // What tests ask for.
      COUPONRUSH_DEMO: 'on',
      COUPONRUSH_LOG_LEVEL: process.env.TEST_LOG ?? 'warn',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [primary.stdout, primary.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exit = new Promise<number | string | null>((resolve) => {
    primary.once('exit', (code, signal) => resolve(signal ?? code));
  });
  const family = familyOf(primary.pid as number);
  t.after(async () => {
    // Its children are found through it, for as long as it lives.
    family();
    primary.kill('SIGKILL');
    await exit;
    for (const pid of family()) kill(pid);
    await waitFor('all processes of couponrush are gone', () => family().length === 0);
  });
  const app: App = {
    url,
    port,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    primary,
    output: () => output,
    pids: (title) => family().filter((pid) => titleOf(pid).startsWith(`couponrush ${title}`)),
    exited: (withinMs) => within(withinMs, 'the primary ends', exit),
    stop() {
      primary.kill('SIGTERM');
      return within(STOP_WITHIN_MS, 'the primary ends after SIGTERM', exit);
    },
  };
  if (!options.impatient) {
    await waitFor(
      'couponrush is ready',
      () => {
        if (primary.exitCode !== null) throw new Error(`couponrush ended: ${output}`);
        return output.includes('ready on');
      },
      { withinMs: READY_WITHIN_MS },
    );
  }
  family();
  return app;
}

/**
 * In front of a command: the kernel kills it when the test's process ends in any way. The children of a primary then
 * end by themselves.
 */
export function boundToThisProcess(): string[] {
  const command = ['setpriv', '--pdeathsig', 'KILL', '--'];
  const works = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  return process.platform === 'linux' && works ? command : [];
}

/**
 * Process ids below a process, remembered, so that they are found after it is gone. Each with its start: a number that
 * was given to another process since is not ours to look at, let alone to kill.
 */
function familyOf(root: number): () => number[] {
  const known = new Map<number, string>();
  return () => {
    const running = new Map(processes().map((each) => [each.pid, each]));
    const isKnown = (pid: number) => pid === root || known.get(pid) === running.get(pid)?.startedAt;
    for (let grown = true; grown; ) {
      grown = false;
      for (const { pid, parent, startedAt } of running.values()) {
        if (known.get(pid) === startedAt || !running.has(parent) || !isKnown(parent)) continue;
        known.set(pid, startedAt);
        grown = true;
      }
    }
    return [...known].filter(([pid, startedAt]) => running.get(pid)?.startedAt === startedAt).map(([pid]) => pid);
  };
}

interface Running {
  readonly pid: number;
  readonly parent: number;
  /** In clock ticks since the machine was started. */
  readonly startedAt: string;
}

function processes(): Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const [state, parent, startedAt] = [fields[0], Number(fields[1]), fields[19] as string];
        return state === 'Z' ? [] : [{ pid: Number(name), parent, startedAt }];
      } catch {
        return [];
      }
    });
}

/** Empty for a process that is gone. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
