// Grants that Redis lost before MySQL had them, and whose numbers are above everything that survived: the rebuild can't
// notice that they are missing, and gives the numbers again. Only the HTTP workers, which answered for them, still
// know: this is one worker's record. It remembers the last number that it saw for each coupon. When the coupon's
// history in Redis has ended (a later epoch, see docs/decisions/gate.md) and the new one began below that number, the
// difference was lost. If a worker dies, what it knows is lost with it: then the loss is declared by the others, and
// what they can't know is reported as possible (recovery/possible-losses.ts).
import type { Redis } from 'ioredis';
import { couponKeys } from '../redis/keys.ts';

export interface EndedGrants {
  readonly couponId: number;
  /** Of the history that ended. */
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
}

export interface History {
  readonly epoch: number;
  readonly base: number;
}

export interface LostGrantsOptions {
  /** The coupon's history in Redis now, and the number that it began after; null if Redis has none. */
  readonly readHistory: (couponId: number) => Promise<History | null>;
  /** Writes down what was lost. */
  readonly declare: (lost: EndedGrants) => Promise<void>;
  /** Called with what does not pass by itself, such as a missing right. */
  readonly reportError: (error: unknown) => void;
}

export async function readHistory(redis: Redis, couponId: number): Promise<History | null> {
  const [epoch, base] = await redis.hmget(couponKeys(couponId).meta, 'epoch', 'base');
  return epoch && base ? { epoch: Number(epoch), base: Number(base) } : null;
}

interface Mark {
  readonly couponId: number;
  readonly epoch: number;
  last: number;
  /** Checks in which Redis had nothing of the coupon. */
  misses: number;
}

/** What was granted for longest without a newer grant is forgotten first (I6). */
const COUPONS_MAX = 10_000;
/** Soon, before another history begins: only the number that the newest one began after is known. */
const LOOK_AFTER_MS = 50;
const LOOK_AGAIN_MS = 1000;
const FAILURES_TO_REPORT = 10;
/** A coupon that is missing for so long is archived, or waits for an operator. */
const MISSES_MAX = 120;

export class LostGrants {
  readonly #options: LostGrantsOptions;
  readonly #marks = new Map<number, Mark>();
  /** Marks whose history may have ended. */
  readonly #suspects = new Set<Mark>();
  #timer: NodeJS.Timeout | null = null;
  /** Checks in a row. */
  #failures = 0;

  constructor(options: LostGrantsOptions) {
    this.#options = options;
  }

  /** Redis has given the coupon's numbers up to this one. */
  granted(couponId: number, epoch: number, last: number): void {
    const mark = this.#marks.get(couponId);
    if (mark && epoch <= mark.epoch) {
      if (epoch === mark.epoch && last > mark.last) mark.last = last;
      return;
    }
    if (mark) this.#suspect(mark);
    else if (this.#marks.size === COUPONS_MAX) this.#marks.delete(this.#marks.keys().next().value as number);
    this.#marks.set(couponId, { couponId, epoch, last, misses: 0 });
  }

  /** The coupon may have another content in Redis; null: all may. */
  suspect(couponId: number | null): void {
    if (couponId === null) for (const mark of this.#marks.values()) this.#suspect(mark);
    else {
      const mark = this.#marks.get(couponId);
      if (mark) this.#suspect(mark);
    }
  }

  /** Whether all grants of the coupon that this worker saw in histories before `epoch` are there, or declared. */
  isSettled(couponId: number, epoch: number): boolean {
    const mark = this.#marks.get(couponId);
    if (mark && mark.epoch < epoch) {
      this.#suspect(mark);
      return false;
    }
    for (const suspect of this.#suspects) if (suspect.couponId === couponId && suspect.epoch < epoch) return false;
    return true;
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #suspect(mark: Mark): void {
    if (this.#suspects.size < COUPONS_MAX) this.#suspects.add(mark);
    this.#timer ??= setTimeout(() => void this.#look(), LOOK_AFTER_MS);
  }

  async #look(): Promise<void> {
    let failure: unknown;
    for (const mark of [...this.#suspects]) {
      try {
        if (await this.#settle(mark)) this.#suspects.delete(mark);
      } catch (error) {
        // Redis or MySQL is unreachable, in most cases: the next check asks again.
        failure = error;
      }
    }
    this.#failures = failure === undefined ? 0 : this.#failures + 1;
    if (this.#failures === FAILURES_TO_REPORT) this.#options.reportError(failure);
    this.#timer = this.#suspects.size > 0 ? setTimeout(() => void this.#look(), LOOK_AGAIN_MS) : null;
  }

  /** @returns whether it is known what became of the mark's numbers */
  async #settle(mark: Mark): Promise<boolean> {
    const { couponId, epoch } = mark;
    const history = await this.#options.readHistory(couponId);
    if (history === null) {
      mark.misses += 1;
      return mark.misses >= MISSES_MAX;
    }
    mark.misses = 0;
    if (history.epoch <= epoch) return history.epoch === epoch;
    if (history.base < mark.last) {
      await this.#options.declare({ couponId, epoch, first: history.base + 1, last: mark.last });
    }
    if (this.#marks.get(couponId) === mark) this.#marks.delete(couponId);
    return true;
  }
}
