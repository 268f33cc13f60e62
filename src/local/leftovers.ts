// Servers that an owner killed by SIGKILL left on its data. Called with the folder's lock held.
// Promise: a process is signalled only if its pid stands in the server's own pid file AND its command line names our
// folder. Usually the kernel has signalled it to stop already (server-process.ts), and this only waits.
import { readFileSync } from 'node:fs';
import { pollUntil } from '../runtime/poll.ts';
import { commandLineOf, startOf } from './process-identity.ts';

const STOP_WITHIN_MS = 8000;
const KILLED_WITHIN_MS = 2000;
const POLL_MS = 20;

export interface Leftover {
  readonly pidFile: string;
  /** Named in the command line of a server that is ours. */
  readonly folder: string;
}

function pidOf({ pidFile, folder }: Leftover): number | null {
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile, 'utf8').trim());
  } catch {
    return null;
  }
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return null;
  return startOf(pid) !== null && commandLineOf(pid).includes(`${folder}/`) ? pid : null;
}

function isGone(pid: number, start: string | null, withinMs: number): Promise<boolean> {
  return pollUntil(() => startOf(pid) !== start, { everyMs: POLL_MS, withinMs });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {}
}

async function stopOne(leftover: Leftover): Promise<void> {
  const pid = pidOf(leftover);
  if (pid === null) return;
  const start = startOf(pid);
  if (start === null) return;
  signal(pid, 'SIGTERM');
  if (await isGone(pid, start, STOP_WITHIN_MS)) return;
  signal(pid, 'SIGKILL');
  if (await isGone(pid, start, KILLED_WITHIN_MS)) return;
  throw new Error(`process ${pid} still uses ${leftover.folder} and does not end: stop it by \`kill -9 ${pid}\``);
}

export async function stopLeftovers(leftovers: readonly Leftover[]): Promise<void> {
  await Promise.all(leftovers.map(stopOne));
}
