// A set of users whose ids are texts, by their bytes in one buffer: of UUIDs 56 bytes a user (npm run bench:holders). A
// Set of strings takes 91, and the garbage collector walks each of them. Exact: no false answer either way.
import { randomInt } from 'node:crypto';
import type { UserKey } from '../user-id.ts';
import { textIds } from '../user-id-text.ts';

const SLOTS_MIN = 16;
/** At most two thirds full: a look-up then meets one or two other ids. */
const SLOTS_PER_ID = 1.5;
/** Different in each process, so that no one can choose ids which meet in one slot. */
const SEED = randomInt(2 ** 32);
/** Room for so many bytes of each id at first; it doubles. */
const BYTES_PER_ID = 24;

export class TextIdSet {
  readonly capacity: number;
  /** Open addressing with linear probing: where in the bytes an id begins, plus 1; 0 is an empty slot. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  /** Each id: its length, and its characters, which are ASCII. */
  #bytes: Uint8Array;
  #used = 0;
  #size = 0;

  /** @param capacity ids that it can take; their slots are paid for at once */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(SLOTS_MIN, capacity * SLOTS_PER_ID))));
    this.#mask = this.#slots.length - 1;
    this.#bytes = new Uint8Array(Math.max(SLOTS_MIN, capacity) * BYTES_PER_ID);
  }

  get size(): number {
    return this.#size;
  }

  has(key: UserKey): boolean {
    const id = key as string;
    for (let slot = hashOf(id) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = this.#slots[slot] as number;
      if (place === 0) return false;
      if (this.#isAt(place - 1, id)) return true;
    }
  }

  /** @returns false if the id is new and the capacity used up: nothing was added */
  add(key: UserKey): boolean {
    const id = key as string;
    // What was put into Redis manually has no place in single bytes. It is counted, and no user can be it.
    if (!textIds.isStored(id)) return this.#count();
    for (let slot = hashOf(id) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = this.#slots[slot] as number;
      if (place !== 0) {
        if (this.#isAt(place - 1, id)) return true;
        continue;
      }
      if (!this.#count()) return false;
      this.#slots[slot] = this.#write(id) + 1;
      return true;
    }
  }

  #count(): boolean {
    if (this.#size === this.capacity) return false;
    this.#size += 1;
    return true;
  }

  #isAt(place: number, id: string): boolean {
    const bytes = this.#bytes;
    const { length } = id;
    if (bytes[place] !== length) return false;
    for (let index = 0; index < length; index++) {
      if (bytes[place + 1 + index] !== id.charCodeAt(index)) return false;
    }
    return true;
  }

  #write(id: string): number {
    const place = this.#used;
    const { length } = id;
    this.#used += 1 + length;
    if (this.#used > this.#bytes.length) {
      const more = new Uint8Array(Math.max(2 * this.#bytes.length, this.#used));
      more.set(this.#bytes);
      this.#bytes = more;
    }
    this.#bytes[place] = length;
    for (let index = 0; index < length; index++) this.#bytes[place + 1 + index] = id.charCodeAt(index);
    return place;
  }
}

/** murmur3, one character a step: neighbours end far from each other. */
function hashOf(id: string): number {
  let hash = SEED ^ id.length;
  for (let index = 0; index < id.length; index++) {
    const mixed = Math.imul(id.charCodeAt(index), 0xcc9e2d51);
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
