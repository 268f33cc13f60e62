// The pauses that MySQL did not have yet when this node saw them in Redis, in memory and in a file of its data folder.
// So a Redis that loses its content does not lose them with it. They count for the installation in whose Redis they
// were seen: a data folder that is used with another database does not pause that one's coupons. A database that moves
// to another address, or is restored elsewhere, has the same installation.
// A file that is missing or damaged means that nothing is known; one that can't be written, that a restart forgets.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlacedBrake } from './brake.ts';

/** As many as a Redis with more marked coupons than any event has (I6). */
const BRAKES_MAX = 10_000;

interface RememberedBrake extends PlacedBrake {
  readonly installation: string;
}

export class BrakeMemory {
  readonly #file: string | null;
  readonly #brakes = new Map<string, RememberedBrake>();

  /** @param dataDir null: in memory only */
  constructor(dataDir: string | null) {
    this.#file = dataDir === null ? null : join(dataDir, 'brakes.json');
    for (const brake of readFile(this.#file)) this.#brakes.set(brake.id, brake);
  }

  get isEmpty(): boolean {
    return this.#brakes.size === 0;
  }

  /** @param installation as MySQL has its id */
  of(installation: string): PlacedBrake[] {
    return [...this.#brakes.values()].filter((brake) => brake.installation === installation);
  }

  /** @param installation to which the Redis belongs that has them */
  keep(brakes: readonly PlacedBrake[], installation: string): void {
    const fresh = brakes.filter(({ id }) => !this.#brakes.has(id)).slice(0, BRAKES_MAX - this.#brakes.size);
    for (const brake of fresh) this.#brakes.set(brake.id, { ...brake, installation });
    if (fresh.length > 0) this.#write();
  }

  forget(brakeId: string): void {
    if (this.#brakes.delete(brakeId)) this.#write();
  }

  #write(): void {
    if (this.#file === null) return;
    try {
      mkdirSync(join(this.#file, '..'), { recursive: true, mode: 0o700 });
      const draft = `${this.#file}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify([...this.#brakes.values()])}\n`, { mode: 0o600 });
      renameSync(draft, this.#file);
    } catch {
      // A container may have no folder that can be written.
    }
  }
}

function readFile(file: string | null): RememberedBrake[] {
  if (file === null) return [];
  try {
    const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(stored) ? stored.filter(isBrake) : [];
  } catch {
    return [];
  }
}

function isBrake(value: unknown): value is RememberedBrake {
  const { id, couponId, actor, reason, atMs, installation } = Object(value) as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    Number.isSafeInteger(couponId) &&
    typeof actor === 'string' &&
    (reason === null || typeof reason === 'string') &&
    Number.isSafeInteger(atMs) &&
    typeof installation === 'string'
  );
}
