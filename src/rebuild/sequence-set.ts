// Which sequence numbers are in use: one bit each, so that ten million coupons take 1.25 MB.
import type { SequenceRange } from '../store/tables/losses.ts';

/** A number beyond it is not ours: it would only make the set large (125 MB at most). */
export const SEQUENCE_MAX = 1_000_000_000;
const FIRST_BYTES = 1024;

export class SequenceSet {
  #bits = new Uint8Array(FIRST_BYTES);
  #size = 0;
  #max = 0;

  get size(): number {
    return this.#size;
  }

  /** The highest number, 0 if there is none. */
  get max(): number {
    return this.#max;
  }

  /** @param sequence from 1 to SEQUENCE_MAX */
  add(sequence: number): void {
    if (this.has(sequence)) return;
    const byte = sequence >>> 3;
    if (byte >= this.#bits.length) this.#grow(byte + 1);
    this.#bits[byte] = (this.#bits[byte] as number) | (1 << (sequence & 7));
    this.#size += 1;
    if (sequence > this.#max) this.#max = sequence;
  }

  has(sequence: number): boolean {
    return (((this.#bits[sequence >>> 3] ?? 0) >>> (sequence & 7)) & 1) === 1;
  }

  /** The numbers from 1 to `last` that are not in the set, as ranges in rising order. */
  *missing(last: number): Generator<SequenceRange> {
    let first = 0;
    for (let sequence = 1; sequence <= last; sequence++) {
      const present = this.has(sequence);
      if (!present && first === 0) first = sequence;
      if (present && first !== 0) {
        yield { first, last: sequence - 1 };
        first = 0;
      }
    }
    if (first !== 0) yield { first, last };
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
