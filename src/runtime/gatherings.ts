// Questions gathered into few calls: all that come in one turn of the event loop for one group (a coupon) go to the
// store together, and while a call is under way the next one fills, as batches of decisions do.
// Promise: a question is sent after it was asked, so no answer is older than its question. All is bounded (I6):
// questions a call, calls at a time, questions that wait, and for how long.
import { OperationalError } from '../errors.ts';

/** For the questions of all groups together. */
export interface GatheringLimits {
  /** Questions without a call. */
  readonly waitingMax: number;
  /** A question that is older than this when its turn comes is not asked. */
  readonly waitMs: number;
  /** Shortest time between two starts of calls, for what is to yield to other work; 0 or missing: none. */
  readonly restMs?: () => number;
}

export interface GatheringsOptions<G, K, V> extends GatheringLimits {
  /** @returns one answer for each key, in their order; a rejection is that of each key */
  readonly ask: (group: G, keys: readonly K[]) => Promise<readonly V[]>;
  /** In one call. */
  readonly keysMax: number;
  /** At the same time, for all groups together; for one group there is one. */
  readonly callsMax: number;
  /** Whether those who wait for the next call get the failure of this one: they would wait for as long again. */
  readonly failTogether?: boolean;
}

interface Question<K, V> {
  readonly key: K;
  readonly askedMs: number;
  readonly resolve: (answer: V) => void;
  readonly reject: (error: unknown) => void;
}

interface Group<K, V> {
  waiting: Question<K, V>[];
  calling: boolean;
}

export class Gatherings<G, K, V> {
  readonly #options: GatheringsOptions<G, K, V>;
  readonly #groups = new Map<G, Group<K, V>>();
  /** Groups with questions and without a call, in the order of their first question. */
  readonly #ready = new Set<G>();
  #waiting = 0;
  #calls = 0;
  #startedMs = Number.NEGATIVE_INFINITY;
  #scheduled = false;

  constructor(options: GatheringsOptions<G, K, V>) {
    this.#options = options;
  }

  /** @throws OperationalError, if it was not asked in time; else what the call throws */
  ask(group: G, key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      if (this.#waiting >= this.#options.waitingMax) {
        reject(notAsked());
        return;
      }
      let found = this.#groups.get(group);
      if (!found) {
        found = { waiting: [], calling: false };
        this.#groups.set(group, found);
      }
      found.waiting.push({ key, askedMs: performance.now(), resolve, reject });
      this.#waiting += 1;
      if (found.calling) return;
      this.#ready.add(group);
      this.#schedule();
    });
  }

  /** At the end of this turn, after all its questions, or after the rest. */
  #schedule(): void {
    if (this.#scheduled || this.#ready.size === 0 || this.#calls >= this.#options.callsMax) return;
    this.#scheduled = true;
    const restMs = this.#options.restMs?.() ?? 0;
    const waitMs = restMs > 0 ? this.#startedMs + restMs - performance.now() : 0;
    const start = () => {
      this.#scheduled = false;
      this.#start();
    };
    if (waitMs > 0) setTimeout(start, waitMs);
    else setImmediate(start);
  }

  #start(): void {
    this.#startedMs = performance.now();
    for (const name of this.#ready) {
      if (this.#calls >= this.#options.callsMax) return;
      this.#ready.delete(name);
      const group = this.#groups.get(name);
      if (group) void this.#call(name, group);
    }
  }

  async #call(name: G, group: Group<K, V>): Promise<void> {
    group.calling = true;
    this.#calls += 1;
    const questions = this.#take(group);
    try {
      const answers = questions.length > 0 ? await this.#options.ask(name, keysOf(questions)) : [];
      for (let index = 0; index < questions.length; index++) {
        (questions[index] as Question<K, V>).resolve(answers[index] as V);
      }
    } catch (error) {
      for (const { reject } of questions) reject(error);
      if (this.#options.failTogether) {
        for (const { reject } of group.waiting) reject(error);
        this.#waiting -= group.waiting.length;
        group.waiting = [];
      }
    }
    this.#calls -= 1;
    group.calling = false;
    if (group.waiting.length > 0) this.#ready.add(name);
    else this.#groups.delete(name);
    this.#schedule();
  }

  /** The next call's questions. Those that have waited too long are answered so. */
  #take(group: Group<K, V>): readonly Question<K, V>[] {
    const { keysMax, waitMs } = this.#options;
    const taken = group.waiting.length <= keysMax ? group.waiting : group.waiting.slice(0, keysMax);
    group.waiting = group.waiting.length <= keysMax ? [] : group.waiting.slice(keysMax);
    this.#waiting -= taken.length;
    const oldestMs = performance.now() - waitMs;
    // They are in the order of their arrival.
    if (taken.length === 0 || (taken[0] as Question<K, V>).askedMs >= oldestMs) return taken;
    return taken.filter(({ askedMs, reject }) => {
      if (askedMs < oldestMs) reject(notAsked());
      return askedMs >= oldestMs;
    });
  }
}

function keysOf<K>(questions: readonly { readonly key: K }[]): K[] {
  return questions.map(({ key }) => key);
}

function notAsked(): OperationalError {
  return new OperationalError('TOO_MANY_READS', 'transient', 'too many questions wait for their turn');
}
