// CPU time and memory of processes, as the operating system counts them (/proc, Linux).
import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: fixed at 100 for user space on Linux. */
const TICK_MICROS = 10_000;
const PAGE_BYTES = 4096;
const UTIME = 11;
const STIME = 12;
const RSS = 21;

/** Role of a process, and the ids of all that play it. */
export type Cast = Readonly<Record<string, readonly number[]>>;

/** Fields after the name, which may hold spaces and parentheses; null for a process that is gone. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** CPU time of all its threads since it began; 10 ms resolution. */
export function cpuMicrosOf(pid: number): number {
  const stat = statOf(pid);
  return stat === null ? 0 : (Number(stat[UTIME]) + Number(stat[STIME])) * TICK_MICROS;
}

export function rssMbOf(pid: number): number {
  const stat = statOf(pid);
  return stat === null ? 0 : (Number(stat[RSS]) * PAGE_BYTES) / 2 ** 20;
}

/** What each role has used since then, microseconds. */
export class CpuMeter {
  readonly #cast: Cast;
  readonly #start: Readonly<Record<string, number>>;

  constructor(cast: Cast) {
    this.#cast = cast;
    this.#start = totals(cast);
  }

  read(): Record<string, number> {
    const now = totals(this.#cast);
    return Object.fromEntries(Object.keys(now).map((role) => [role, (now[role] ?? 0) - (this.#start[role] ?? 0)]));
  }
}

function totals(cast: Cast): Record<string, number> {
  return Object.fromEntries(
    Object.entries(cast).map(([role, pids]) => [role, pids.reduce((sum, pid) => sum + cpuMicrosOf(pid), 0)]),
  );
}
