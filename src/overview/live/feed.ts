// The live stream of the console. Promise: one look is shared by all viewers, so many cost the stores what one costs,
// and without a viewer nothing is asked. 4 looks a second while coupons are issued, one a second at rest.
// A viewer that is slow skips looks: each is made once, as one text, and no queue of them exists (I6).
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from '../../coupons/store-attempt.ts';
import { History } from './history.ts';
import { type LiveSources, LiveWatch } from './watch.ts';

const RUSH_EVERY_MS = 250;
const REST_EVERY_MS = 1000;
/** A silent store does not hold up a look for longer. */
const LOOK_WITHIN_MS = 150;
/** The first one, for which nothing is known yet. */
const FIRST_WITHIN_MS = 600;
const COMMENT_EVERY_MS = 5000;
const RETRY_MS = 1000;

export class LiveFeed {
  readonly #sources: LiveSources;
  readonly #history = new History();
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<() => void>();
  #viewers = 0;
  #running: Promise<void> | null = null;
  #look: { readonly number: number; readonly text: string } | null = null;
  #number = 0;

  constructor(sources: LiveSources) {
    this.#sources = sources;
  }

  /** Ends all streams, for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  /**
   * The texts of one stream of server-sent events. The caller takes them as fast as its viewer does.
   * @param mayGoOn asked before each: false ends the stream
   */
  async *events(mayGoOn: () => boolean): AsyncGenerator<string> {
    this.#viewers += 1;
    this.#running ??= this.#run();
    try {
      yield `retry: ${RETRY_MS}\n${eventOf('history', this.#history.text)}`;
      for (let seen = 0; !this.#stopping.signal.aborted && mayGoOn(); ) {
        const look = await this.#next(seen);
        if (look) seen = look.number;
        if (!this.#stopping.signal.aborted) yield look?.text ?? ':\n\n';
      }
    } finally {
      this.#viewers -= 1;
    }
  }

  /** @returns null if there is none for so long that the viewer should hear that the stream lives */
  async #next(seen: number): Promise<{ readonly number: number; readonly text: string } | null> {
    if (this.#look && this.#look.number > seen) return this.#look;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, COMMENT_EVERY_MS);
      this.#waiting.add(done);
    });
    return this.#look && this.#look.number > seen ? this.#look : null;
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    // What was known when the last viewer left is not shown as if it were of now.
    const watch = new LiveWatch(this.#sources);
    while (this.#viewers > 0 && !signal.aborted) {
      const startedMs = performance.now();
      await attempt(watch.ask(startedMs), this.#look ? LOOK_WITHIN_MS : FIRST_WITHIN_MS);
      this.#publish(watch);
      const everyMs = watch.isRush(performance.now()) ? RUSH_EVERY_MS : REST_EVERY_MS;
      const restMs = Math.max(0, startedMs + everyMs - performance.now());
      await sleep(restMs, undefined, { signal }).catch(() => {});
    }
    this.#look = null;
    this.#running = null;
  }

  #publish(watch: LiveWatch): void {
    try {
      const nowMs = performance.now();
      const look = watch.look(nowMs);
      this.#history.add(look, nowMs);
      this.#number += 1;
      this.#look = { number: this.#number, text: eventOf('look', JSON.stringify(look)) };
    } catch (error) {
      // Viewers see that what is shown gets old.
      this.#sources.onDefect(error);
    }
    this.#wake();
  }
}

/** JSON has no line end outside its texts, and escapes those inside. */
function eventOf(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
