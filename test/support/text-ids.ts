// Texts that are user ids, made at random: every sign of the alphabet, every length, neighbours that differ in case.
import type { Seeded } from './seeded.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:|@+/=-';
const LENGTH_MAX = 64;
/** What means something to a database, a shell, a language or Redis. */
const ODD = ['__proto__', 'constructor', '=1+1', '-1', '+1', '/', '//', '..', ':', '|', '@', '1', '01', '1e3', '0x10'];

/** So many that differ from each other; half of them are the one before in another case. */
export function textIds(random: Seeded, count: number): string[] {
  const ids = new Set<string>(ODD.slice(0, count));
  while (ids.size < count) {
    const length = 1 + random.below(random.below(4) === 0 ? LENGTH_MAX : 24);
    const id = Array.from({ length }, () => random.pick([...ALPHABET])).join('');
    for (const each of [id, id.toUpperCase(), id.toLowerCase()]) if (ids.size < count) ids.add(each);
  }
  return [...ids];
}

/** No user ids: a foreign sign, or too long. What a header may carry. */
export function foreignIds(random: Seeded, count: number): string[] {
  const foreign = [...'~,;!#$%&*()[]{}<>?^`"\'\\'];
  return Array.from({ length: count }, (_, index) => {
    if (index % 10 === 0) return 'a'.repeat(LENGTH_MAX + 1 + random.below(100));
    const id = [...random.pick(ODD)];
    id.splice(random.below(id.length + 1), 0, random.pick(foreign));
    return id.join('');
  });
}
