// One HTTP worker as a witness of what Redis granted (table grant_witness). It registers before Redis reports a
// grant to it. After a loss it answers each question of possible-losses.ts, once it has declared what it knew
// (LostGrants). However a process ends, it leaves its row behind, so a question that it could have answered is not
// taken as answered. It costs MySQL two small statements each 5 s.
import type { Database } from '../store/database.ts';
import { readQuestions } from '../store/tables/possible-losses.ts';
import { endWitness, hearWitness, registerWitness } from '../store/tables/witnesses.ts';

export interface WitnessOptions {
  readonly database: Pick<Database, 'query' | 'execute'>;
  /** Of the node and the worker: the same for its successor, and different for any other. */
  readonly name: string;
  /** Different for each process. */
  readonly instance: string;
  /** Whether the process knows no more of what was granted of this coupon in histories before this one. */
  readonly isSettled: (couponId: number, epoch: number) => boolean;
  readonly onRegistered: () => void;
}

const BEAT_EVERY_MS = 5000;
/** After a change of Redis, and while a question is open. */
const BEAT_SOON_MS = 300;
const RETRY_MS = 1000;
const STOP_MS = 300;

export class Witness {
  readonly #options: WitnessOptions;
  #registered = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | null = null;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Whether MySQL knows of the process. */
  get registered(): boolean {
    return this.#registered;
  }

  start(): void {
    this.#schedule(0);
  }

  /** Redis may have another content: there may be a question. */
  beatSoon(): void {
    this.#schedule(BEAT_SOON_MS);
  }

  /** After the last answer. What Redis reported to the process may not be in MySQL yet. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const leave = async () => {
      await this.#beating;
      const { database, name, instance } = this.#options;
      await endWitness(database, name, instance);
    };
    // If MySQL is unreachable, the row shows a process that is silent.
    await Promise.race([leave().catch(() => {}), new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())]);
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#beating ??= this.#beat().finally(() => {
        this.#beating = null;
      });
    }, ms);
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    let nextMs = BEAT_EVERY_MS;
    try {
      if (!this.#registered) await this.#register();
      if (!(await this.#answer())) nextMs = BEAT_SOON_MS;
    } catch {
      // MySQL is unreachable, or not migrated yet.
      nextMs = RETRY_MS;
    }
    this.#schedule(nextMs);
  }

  async #register(): Promise<void> {
    const { database, name, instance, onRegistered } = this.#options;
    await registerWitness(database, name, instance);
    this.#registered = true;
    onRegistered();
  }

  /** @returns false if a question is open */
  async #answer(): Promise<boolean> {
    const { database, name, instance, isSettled } = this.#options;
    const questions = await readQuestions(database);
    const open = questions.filter(({ couponId, epoch }) => !isSettled(couponId, epoch));
    const answered = open[0] ? open[0].id - 1 : (questions.at(-1)?.id ?? 0);
    const known = await hearWitness(database, name, instance, answered);
    // It was silent for long, and cleared.
    if (!known) this.#registered = false;
    return open.length === 0 && this.#registered;
  }
}
