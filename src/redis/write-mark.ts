// Whether Redis was written to, by whomever: what looks at coupons every second asks this, by one command, and looks at
// the coupons only where it was.
import type { Redis } from 'ioredis';

/**
 * Each write raises the first, until a snapshot lowers it and moves the second. What expires or is evicted is counted
 * apart. Another process starts counting again, and a master that becomes a replica counts on.
 */
const COUNTS = ['rdb_changes_since_last_save', 'rdb_last_save_time', 'expired_keys', 'evicted_keys', 'run_id', 'role'];

/** Sections of INFO in which they stand. */
export const WRITE_MARK_SECTIONS = ['server', 'persistence', 'stats', 'replication'] as const;

/** Two that are equal: nothing was written in between. @returns null if this server does not report it */
export function writeMarkOf(info: string): string | null {
  const values = COUNTS.map((name) => new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1]);
  return values.includes(undefined) ? null : values.join(' ');
}

/** To be asked before what it stands for is read: a write in between then shows at the next look. */
export async function readWriteMark(redis: Redis): Promise<string | null> {
  return writeMarkOf(await redis.info(...WRITE_MARK_SECTIONS));
}

/** A write may be half of a change: the second look shows it. */
const LOOKS = 2;
/** For what changed in MySQL alone, and all the same once in so many turns. */
const TURNS = 30;

/** When it is worth looking: after a write, at the turn after it, and at these two again after `TURNS` without one. */
export class ChangeDetector {
  #mark: string | null = null;
  #turnsWithoutWrite = 0;

  async isDue(redis: Redis): Promise<boolean> {
    const mark = await readWriteMark(redis);
    this.#turnsWithoutWrite = mark !== null && mark === this.#mark ? this.#turnsWithoutWrite + 1 : 0;
    this.#mark = mark;
    return this.#turnsWithoutWrite % TURNS < LOOKS;
  }

  /** The look failed: the next turn is due. */
  repeat(): void {
    this.#mark = null;
  }
}
