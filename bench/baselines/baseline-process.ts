// Starts the servers that ours is compared with, each in processes of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';
import { freePort } from '../../test/support/free-port.ts';
import type { Scope } from '../../test/support/servers.ts';

export interface BaselineServer {
  readonly port: number;
  readonly pids: readonly number[];
}

export type BaselineName = 'bare-uws' | 'fastify';

/** @param processes that share one port: uWebSockets.js sets SO_REUSEPORT; others must be one */
export async function startBaseline(
  scope: Scope,
  name: BaselineName,
  processes: number,
  env: Readonly<Record<string, string>> = {},
): Promise<BaselineServer> {
  const port = await freePort();
  const file = join(projectRoot, 'dist/bench/baselines', `${name}.js`);
  const children = Array.from({ length: processes }, () =>
    fork(file, { env: { ...process.env, BASELINE_PORT: String(port), ...env } }),
  );
  scope.after(async () => {
    await Promise.all(children.map(ended));
  });
  await Promise.all(children.map(ready));
  return { port, pids: children.map((child) => child.pid as number) };
}

/** A baseline that carries out orders, one at a time. */
export class Loop<Order extends object, Result> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start<Order extends object, Result>(
    scope: Scope,
    name: 'insert-loop' | 'script-loop',
  ): Promise<Loop<Order, Result>> {
    const child = fork(join(projectRoot, 'dist/bench/baselines', `${name}.js`));
    scope.after(() => ended(child));
    await ready(child);
    return new Loop(child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  run(order: Order): Promise<Result> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('a baseline loop ended'));
      this.#child.once('exit', onExit);
      this.#child.once('message', (result) => {
        this.#child.off('exit', onExit);
        resolve(result as Result);
      });
      this.#child.send(order);
    });
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error('a baseline server ended at its start')));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
