// couponrush as a person or a script starts it: by `npm start`, in a process group of its own, with its own databases.
// Promise: all that carries the mark of its data folder is gone after the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { projectRoot } from '../../src/project.ts';
import { testFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

export interface Started {
  /** npm itself, or what stands in for it. */
  readonly parent: ChildProcess;
  output(): string;
  ready(): Promise<void>;
}

export interface Installation {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  start(command?: readonly string[]): Started;
  /** Processes of it, embedded databases included: pid and command line. */
  processes(): { pid: number; title: string }[];
}

const READY_WITHIN_MS = 60_000;

/**
 * One folder and one port, for as many starts as the test wants.
 * @param places the clone that is started, and its data folder
 */
export async function installation(
  t: Scope,
  more: Readonly<Record<string, string>> = {},
  { root = projectRoot, dataDir = testFolder('npm-start') } = {},
): Promise<Installation> {
  const port = await freePort();
  const env: NodeJS.ProcessEnv = {
    ...withoutNpm(process.env),
    PORT: String(port),
    ADMIN_PORT: String(await freePort()),
    METRICS_PORT: '0',
    WORKERS: '1',
    COUPONRUSH_DATA_DIR: dataDir,
    COUPONRUSH_LOG_LEVEL: 'warn',
    ...more,
  };
  const processes = () => runningWith(`COUPONRUSH_DATA_DIR=${dataDir}`);
  t.after(async () => {
    for (const { pid } of processes()) kill(pid);
    await waitFor('no process of the installation is left', () => processes().length === 0);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    dataDir,
    processes,
    start(command = ['npm', 'start']) {
      const [program = '', ...args] = command;
      const parent = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      let output = '';
      for (const stream of [parent.stdout, parent.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      return {
        parent,
        output: () => output,
        ready: async () => {
          await waitFor(`couponrush is ready: ${output}`, () => output.includes('ready on'), {
            withinMs: READY_WITHIN_MS,
          });
        },
      };
    },
  };
}

/** The tests themselves run by npm, whose variables say nothing of the server. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = Object.entries(env).filter(([name]) => !name.startsWith('npm_'));
  const { REDIS_URL: _redis, MYSQL_URL: _mysql, ...rest } = Object.fromEntries(given);
  return rest;
}

function runningWith(variable: string): { pid: number; title: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(variable)) return [];
      const title = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return title === '' ? [] : [{ pid: Number(name), title }];
    } catch {
      return [];
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
