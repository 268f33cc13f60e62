// What is asked again and again of something that may fall silent. One question is on its way at a time, and the last
// answer is kept. A question that is late is not waited for: it says that its place is silent, and its answer counts
// whenever it comes.

export class Asked<T> {
  readonly #patienceMs: number;
  readonly #onFailure: (error: unknown) => void;
  #value: T | null = null;
  #answeredMs: number | null = null;
  #sinceMs: number | null = null;
  #failed = false;

  /** @param patienceMs after which a question without an answer counts as a silence */
  constructor(patienceMs: number, onFailure: (error: unknown) => void = () => {}) {
    this.#patienceMs = patienceMs;
    this.#onFailure = onFailure;
  }

  /** The last answer, however old; null: there was none yet. */
  get value(): T | null {
    return this.#value;
  }

  /** By the monotonic clock: when the last answer was asked for. */
  get answeredMs(): number | null {
    return this.#answeredMs;
  }

  get isAsking(): boolean {
    return this.#sinceMs !== null;
  }

  /** false: the last question failed, or is late. Before the first answer it is not known, and false. */
  answers(nowMs: number): boolean {
    if (this.#value === null || this.#failed) return false;
    return this.#sinceMs === null || nowMs - this.#sinceMs < this.#patienceMs;
  }

  /** Resolves when the question is answered or has failed; never rejects. Without effect while another one is open. */
  async ask(work: () => Promise<T>, nowMs: number): Promise<void> {
    if (this.#sinceMs !== null) return;
    this.#sinceMs = nowMs;
    try {
      this.#value = await work();
      this.#answeredMs = nowMs;
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      this.#onFailure(error);
    } finally {
      this.#sinceMs = null;
    }
  }
}
