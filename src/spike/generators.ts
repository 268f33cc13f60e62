// The generator processes as the spike command sees them: started beforehand, so that their start is not in the figures.
// Promise: run() ends with one Attempt for each user, or rejects; no process outlives close().
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperationalError } from '../errors.ts';
import type { Attempt } from '../history/attempt.ts';
import type { BurstOrder, FromGenerator } from './messages.ts';

/** Each connection is a descriptor, and a process often has no more than 20,000. */
const CONNECTIONS_A_PROCESS = 10_000;
const ENTRY = join(fileURLToPath(new URL('../../workers/', import.meta.url)), 'spike-generator.js');

export class Generators {
  readonly #children: readonly ChildProcess[];

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  /** Resolves when all of them are ready to begin. */
  static async start(attempts: number): Promise<Generators> {
    const count = Math.max(1, Math.ceil(attempts / CONNECTIONS_A_PROCESS));
    const generators = new Generators(Array.from({ length: count }, () => fork(ENTRY, { serialization: 'advanced' })));
    try {
      await Promise.all(generators.#children.map((child) => messageFrom(child, 'ready')));
    } catch (error) {
      generators.close();
      throw error;
    }
    return generators;
  }

  /**
   * The users are split among the processes; neighbours stay together.
   * @returns `answered`: the last of all answers is there. `record`: one Attempt for each user, handed over after it.
   */
  run(order: BurstOrder): { answered: Promise<void>; record: Promise<Attempt[]> } {
    const share = Math.ceil(order.users.length / this.#children.length);
    const answered = this.#children.map((child) => messageFrom(child, 'answered'));
    const records = this.#children.map(async (child) => (await messageFrom(child, 'record')).attempts);
    this.#children.forEach((child, index) => {
      child.send({ ...order, users: order.users.slice(index * share, (index + 1) * share) });
    });
    return {
      answered: Promise.all(answered).then(() => {}),
      record: Promise.all(records).then((attempts) => attempts.flat()),
    };
  }

  close(): void {
    for (const child of this.#children) if (child.exitCode === null) child.kill();
  }
}

type Message<K extends FromGenerator['kind']> = Extract<FromGenerator, { kind: K }>;

async function messageFrom<K extends FromGenerator['kind']>(child: ChildProcess, kind: K): Promise<Message<K>> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      new Promise<Message<K>>((resolve) => {
        const listen = (message: unknown) => {
          if ((message as FromGenerator).kind === kind) resolve(message as Message<K>);
        };
        child.on('message', listen);
        signal.addEventListener('abort', () => child.off('message', listen));
      }),
      once(child, 'exit', { signal }).then(([code, name]) => {
        throw new OperationalError('GENERATOR_ENDED', 'transient', `the load generator ended early (${name ?? code})`);
      }),
    ]);
  } finally {
    over.abort();
  }
}
