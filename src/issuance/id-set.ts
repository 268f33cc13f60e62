// A set of users, by their keys (integers from 1 to 2^53 - 1), in one typed array: 12 to 24 bytes a user. A Set of
// strings takes about ten times that. The array leaves nothing for the garbage collector to walk. Exact: no false
// answer either way.
import { randomInt } from 'node:crypto';
import type { UserKey } from '../user-id.ts';

const SLOTS_MIN = 16;
/** At most two thirds full: a look-up then meets one or two other ids. */
const SLOTS_PER_ID = 1.5;
/** Different in each process, so that no one can choose ids which meet in one slot. */
const SEED = randomInt(2 ** 32);
const TWO_32 = 2 ** 32;

export class IdSet {
  readonly capacity: number;
  /** Open addressing with linear probing; 0 is an empty slot. */
  readonly #slots: Float64Array;
  readonly #mask: number;
  #size = 0;

  /** @param capacity ids that it can take; they are paid for at once */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#slots = new Float64Array(2 ** Math.ceil(Math.log2(Math.max(SLOTS_MIN, capacity * SLOTS_PER_ID))));
    this.#mask = this.#slots.length - 1;
  }

  get size(): number {
    return this.#size;
  }

  has(key: UserKey): boolean {
    const id = key as number;
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = mix(id) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot];
      if (found === id) return true;
      if (found === 0) return false;
    }
  }

  /** @returns false if the id is new and the capacity used up: nothing was added */
  add(key: UserKey): boolean {
    const id = key as number;
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = mix(id) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot];
      if (found === id) return true;
      if (found !== 0) continue;
      if (this.#size === this.capacity) return false;
      slots[slot] = id;
      this.#size += 1;
      return true;
    }
  }
}

/** The last steps of murmur3 over both halves of the id: neighbours end far from each other. */
function mix(id: number): number {
  // `| 0` of an id is its lower 32 bits.
  let hash = (id | 0) ^ SEED ^ Math.imul((id / TWO_32) | 0, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
