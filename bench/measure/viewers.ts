// Viewers of the console's live stream, in a process of their own as browsers are. What they read is counted, not
// parsed.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';

export interface ViewersOrder {
  readonly adminUrl: string;
  readonly token: string;
  readonly count: number;
}

/** Since the last time it was asked. */
export interface ViewersSaw {
  /** Of all viewers together. */
  readonly looks: number;
  readonly bytes: number;
}

const ENTRY = join(projectRoot, 'dist/bench/measure/viewers-process.js');

export class Viewers {
  readonly #child: ChildProcess | null;
  readonly count: number;

  private constructor(child: ChildProcess | null, count: number) {
    this.#child = child;
    this.count = count;
  }

  /** Resolves when each has seen a look. */
  static async open(order: ViewersOrder): Promise<Viewers> {
    if (order.count === 0) return new Viewers(null, 0);
    const child = fork(ENTRY, { serialization: 'advanced' });
    child.send(order);
    await answerOf(child);
    return new Viewers(child, order.count);
  }

  /** @throws if one of them has lost its stream */
  async saw(): Promise<ViewersSaw> {
    if (!this.#child) return { looks: 0, bytes: 0 };
    this.#child.send('saw');
    return answerOf(this.#child);
  }

  close(): void {
    this.#child?.disconnect();
  }
}

async function answerOf(child: ChildProcess): Promise<ViewersSaw> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process of the viewers ended (${code})`);
  });
  ended.catch(() => {});
  const [answer] = await Promise.race([once(child, 'message'), ended]);
  if (typeof answer === 'string') throw new Error(answer);
  return answer as ViewersSaw;
}
