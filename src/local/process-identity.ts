// Which process is behind a pid that we once wrote down.
// Assumes that pids are given out again: a live pid proves nothing without the start of its process or its command
// line.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const hasProc = existsSync('/proc/self/stat');

function ask(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}

/**
 * Fields of /proc/pid/stat from the third (state) on: the second, the name, may hold anything. Null: no such process.
 */
function procFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/**
 * A text that distinguishes this process from a later one with the same pid; null if no process runs (a zombie does
 * not).
 */
export function startOf(pid: number): string | null {
  if (hasProc) {
    const fields = procFields(pid);
    return fields === null || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  }
  return ask(pid, 'stat').startsWith('Z') ? null : ask(pid, 'lstart') || null;
}

/** Program and arguments of a running process, separated by spaces; empty if there is none. */
export function commandLineOf(pid: number): string {
  if (!hasProc) return ask(pid, 'command');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Null if there is no such process. */
export function parentOf(pid: number): number | null {
  const text = hasProc ? procFields(pid)?.[1] : ask(pid, 'ppid');
  return text ? Number(text) : null;
}

/** A variable of the environment that the process was started with; null without /proc, or if it is another user's. */
export function variableOf(pid: number, name: string): string | null {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  } catch {
    return null;
  }
}

/** Path of the program that the process runs; null without /proc, or if it is another user's. */
export function programOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

/** Whether its pid, and the pids that it knows, mean here what they mean there: not so for one in a container. */
export function isInOurNamespace(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid');
  } catch {
    return false;
  }
}

/** Every process that this one can see; none without /proc. */
export function allPids(): number[] {
  if (!hasProc) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
