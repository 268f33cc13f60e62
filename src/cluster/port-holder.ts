// Who listens on a port, for the sentence that says that it is taken. Linux only; processes of other users stay
// unknown.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { allPids, commandLineOf } from '../local/process-identity.ts';

const LISTENING = '0A';
/** Of a command line, in a sentence. */
const COMMAND_LENGTH_MAX = 60;

/** e.g. ` by process 4711 (nginx: master process)`; empty if it can't be found out. */
export function describeHolder(port: number): string {
  const sockets = listeningSockets(port);
  if (sockets.size === 0) return '';
  const holders = allPids().filter((pid) => holds(pid, sockets));
  const [first] = holders;
  if (first === undefined) return '';
  const more = holders.length > 1 ? ` and ${holders.length - 1} more` : '';
  return ` by process ${first} (${commandLineOf(first).slice(0, COMMAND_LENGTH_MAX)})${more}`;
}

/** As they are named in /proc/pid/fd: `socket:[12345]`. */
function listeningSockets(port: number): ReadonlySet<string> {
  const found = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port)
        found.add(`socket:[${inode}]`);
    }
  }
  return found;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function holds(pid: number, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
