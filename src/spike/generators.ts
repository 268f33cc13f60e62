// The generator processes as the spike command sees them: started beforehand, so that their start is not in the
// figures.
// Promise: run() ends with one Attempt for each user, or rejects, also if a process stands still; no process outlives
// close().
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperationalError } from '../errors.ts';
import type { Attempt } from '../history/attempt.ts';
import { projectRoot } from '../project.ts';
import type { BurstOrder, FromGenerator, ToGenerator } from './messages.ts';

/** Each connection is a descriptor, and a process often has no more than 20,000. */
const CONNECTIONS_A_PROCESS = 10_000;
/** Fewer connections are made by one process about as fast as by two. */
const WORTH_A_PROCESS = 500;
const PROCESSES_MAX = 4;
/** Longer than it takes to send `go` to all of them. */
const GO_AFTER_MS = 20;
/** The kernel's lowest priority. */
const NICENESS_MAX = 19;
/** Each step of a process, beside the time that the answers may take: signing for many users takes seconds. */
const STEP_WITHIN_MS = 60_000;
const ENTRY = join(projectRoot, 'dist/workers/spike-generator.js');

export class Generators {
  readonly #children: readonly ChildProcess[];
  readonly #stepWithinMs: number;

  private constructor(children: readonly ChildProcess[], stepWithinMs: number) {
    this.#children = children;
    this.#stepWithinMs = stepWithinMs;
  }

  /**
   * Resolves when all of them are ready to begin.
   * @param options niceness: added to that of this process; above 0 they get what is left of the processor.
   * stepWithinMs: see STEP_WITHIN_MS
   */
  static async start(
    attempts: number,
    { niceness = 0, stepWithinMs = STEP_WITHIN_MS }: { niceness?: number; stepWithinMs?: number } = {},
  ): Promise<Generators> {
    const count = processesFor(attempts, availableParallelism());
    const children = Array.from({ length: count }, () => fork(ENTRY, { serialization: 'advanced' }));
    const generators = new Generators(children, stepWithinMs);
    try {
      for (const { pid } of generators.#children) lowerPriority(pid, niceness);
      await Promise.all(generators.#children.map((child) => messageFrom(child, 'ready', stepWithinMs)));
    } catch (error) {
      generators.close();
      throw error;
    }
    return generators;
  }

  /**
   * The users are split among the processes, which begin at the same moment; neighbours stay together.
   * @returns `answered`: the last of all answers is there. `record`: one Attempt for each user, handed over after it.
   */
  run(order: BurstOrder): { answered: Promise<void>; record: Promise<Attempt[]> } {
    const share = Math.ceil(order.users.length / this.#children.length);
    const withinMs = this.#stepWithinMs + order.timeoutSeconds * 1000;
    const answered = this.#children.map((child) => messageFrom(child, 'answered', withinMs));
    const records = this.#children.map(async (child) => (await messageFrom(child, 'record', withinMs)).attempts);
    const begun = this.#begin((index) => ({
      ...order,
      users: order.users.slice(index * share, (index + 1) * share),
    }));
    return {
      answered: Promise.all([begun, ...answered]).then(() => {}),
      record: Promise.all([begun, ...records]).then(([, ...attempts]) => attempts.flat()),
    };
  }

  async #begin(orderOf: (index: number) => BurstOrder): Promise<void> {
    const prepared = this.#children.map((child) => messageFrom(child, 'prepared', this.#stepWithinMs));
    this.#children.forEach((child, index) => {
      send(child, { kind: 'order', order: orderOf(index) });
    });
    await Promise.all(prepared);
    const atMs = performance.timeOrigin + performance.now() + GO_AFTER_MS;
    for (const child of this.#children) send(child, { kind: 'go', atMs });
  }

  /** What is not answered is given up, and its Attempt says so. */
  stop(): void {
    for (const child of this.#children) if (child.connected) send(child, { kind: 'stop' });
  }

  close(): void {
    // Also one that stands still.
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL');
  }
}

function lowerPriority(pid: number | undefined, niceness: number): void {
  if (pid === undefined || niceness === 0) return;
  try {
    setPriority(pid, Math.min(NICENESS_MAX, getPriority() + niceness));
  } catch {
    // It has ended already, which is reported by what waits for it.
  }
}

/** One generator takes a core while it connects, and so does the server: no more than half of the cores. */
export function processesFor(attempts: number, cores: number): number {
  const wished = Math.min(PROCESSES_MAX, Math.floor(cores / 2), Math.ceil(attempts / WORTH_A_PROCESS));
  return Math.max(1, wished, Math.ceil(attempts / CONNECTIONS_A_PROCESS));
}

/** That a child has ended is said by what waits for it, which knows how. */
const send = (child: ChildProcess, message: ToGenerator) => child.send(message, () => {});

type Message<K extends FromGenerator['kind']> = Extract<FromGenerator, { kind: K }>;

async function messageFrom<K extends FromGenerator['kind']>(
  child: ChildProcess,
  kind: K,
  withinMs: number,
): Promise<Message<K>> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      new Promise<Message<K>>((resolve, reject) => {
        const listen = (message: unknown) => {
          const received = message as FromGenerator;
          if (received.kind === kind) resolve(received as Message<K>);
          else if (received.kind === 'trouble') reject(troubleOf(received.sentence));
        };
        child.on('message', listen);
        signal.addEventListener('abort', () => child.off('message', listen));
      }),
      once(child, 'exit', { signal }).then(([code, name]) => {
        throw new OperationalError('GENERATOR_ENDED', 'transient', `the load generator ended early (${name ?? code})`);
      }),
      sleep(withinMs, undefined, { signal }).then(() => {
        const sentence = `a process of the load generator has said nothing for ${withinMs / 1000} s`;
        throw new OperationalError('GENERATOR_SILENT', 'transient', sentence);
      }),
    ]);
  } finally {
    over.abort();
  }
}

function troubleOf(sentence: string): OperationalError {
  return new OperationalError('GENERATOR_TROUBLE', 'transient', `the load could not begin: ${sentence}`);
}
