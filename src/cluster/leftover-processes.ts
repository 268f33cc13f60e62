// Processes of a primary that was killed. They end by themselves, unless one stands still (stopped, or in an endless
// loop): it keeps its port, or the embedded databases, for ever. The next primary ends it.
// Promise: a process is ended only if it carries our title, and the mark of a primary with our port and our data folder
// that does not run any more. Linux only: elsewhere none is found.
// Assumes that the kernel shows the environment of a process to its own user.
import { setTimeout as sleep } from 'node:timers/promises';
import { allPids, commandLineOf, isInOurNamespace, startOf, variableOf } from '../local/process-identity.ts';
import type { Logger } from '../log.ts';

/** In the environment of each process that a primary forks. */
const MARK = 'PRIMARY_MARK';
const TITLE = 'couponrush ';
const POLL_MS = 50;

export interface Deployment {
  readonly port: number;
  /** Absolute path. */
  readonly dataDir: string;
}

interface Leftover {
  readonly pid: number;
  readonly start: string;
  readonly title: string;
}

/** For the environment of the processes of this primary. */
export function markOf({ port, dataDir }: Deployment): NodeJS.ProcessEnv {
  return { [MARK]: [process.pid, startOf(process.pid), port, dataDir].join(' ') };
}

function findLeftovers({ port, dataDir }: Deployment): Leftover[] {
  return allPids().flatMap((pid) => {
    const title = commandLineOf(pid);
    if (!title.startsWith(TITLE)) return [];
    const [primary, primaryStart, itsPort, ...folder] = variableOf(pid, MARK)?.split(' ') ?? [];
    if (Number(itsPort) !== port || folder.join(' ') !== dataDir) return [];
    if (!isInOurNamespace(pid) || startOf(Number(primary)) === primaryStart) return [];
    const start = startOf(pid);
    return start === null ? [] : [{ pid, start, title }];
  });
}

/**
 * Gives the processes of a dead primary `withinMs` to end by themselves, then kills them. Resolves when none is left.
 */
export async function endLeftoverProcesses(deployment: Deployment, withinMs: number, log: Logger): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (let left = findLeftovers(deployment); left.length > 0; left = findLeftovers(deployment)) {
    if (performance.now() >= endMs) {
      for (const { pid, start, title } of left) {
        if (startOf(pid) !== start) continue;
        log.warn({ pid, title }, 'left by a primary that was killed, and stands still: killed');
        kill(pid);
      }
    }
    await sleep(POLL_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
