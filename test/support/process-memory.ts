// How much memory a process has, as the kernel counts it.
import { readFileSync } from 'node:fs';

/** Megabytes of resident memory; 0 for a process that is gone. */
export function residentMb(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
