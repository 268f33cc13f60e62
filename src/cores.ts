// How many cores this process may use, and how many HTTP workers that makes. Node counts the cores of the machine (and
// its own affinity); a container's limit is in its control group, which is read here. Pure but for `coresHere`.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

export interface Cores {
  /** Whole cores, at least 1. */
  readonly count: number;
  /** CPU time a second that the control group allows, e.g. 1.5; null: no limit. */
  readonly limit: number | null;
  /** What the machine and the affinity allow. */
  readonly parallelism: number;
}

export type ReadText = (path: string) => string;

/** From here on each core has a worker of its own: measured for 2 cores and 4 (docs/performance.md). */
const CORES_FOR_ALL = 4;
const ROOT = '/sys/fs/cgroup';

/** Redis, persister and MySQL need CPU as well: on few cores several workers take it from them, and from each other. */
export function workersFor(cores: number): number {
  return cores < CORES_FOR_ALL ? Math.max(1, cores - 1) : cores;
}

export function coresHere(read: ReadText = readText, parallelism = availableParallelism()): Cores {
  const limit = limitOf(read);
  const count = Math.max(1, Math.floor(Math.min(parallelism, limit ?? Number.POSITIVE_INFINITY)));
  return { count, limit, parallelism };
}

/** e.g. `2 of 8 cores (CPU limit 2)` */
export function describeCores({ count, limit, parallelism }: Cores): string {
  const cores = (number: number) => `${number} core${number === 1 ? '' : 's'}`;
  if (limit === null || limit >= parallelism) return cores(count);
  return `${count} of ${cores(parallelism)} (CPU limit ${limit})`;
}

/**
 * What the start says of the number of HTTP workers: what auto chose, or that the default is not the best here.
 * @param given the setting's text; undefined or empty: the default
 * @returns null if there is nothing to say: the operator has chosen, or the default fits
 */
export function describeWorkers(given: string | undefined, workers: number, cores: Cores): string | null {
  const here = describeCores(cores);
  if (given === 'auto') return `WORKERS=auto: ${workers} HTTP worker${workers === 1 ? '' : 's'} on ${here}`;
  const better = workersFor(cores.count);
  if ((given ?? '') !== '' || better >= workers) return null;
  return (
    `the default of ${workers} HTTP workers is for ${workers} cores: on ${here}, WORKERS=${better} (or auto) answers ` +
    'more requests a second with less CPU'
  );
}

/** The tightest limit of the control group and those above it; version 2, or version 1 where that is mounted. */
function limitOf(read: ReadText): number | null {
  const groups = attempt(() => read('/proc/self/cgroup')) ?? '';
  const limits: number[] = [];
  for (const line of groups.split('\n')) {
    const [, id, controllers = '', path = '/'] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const isSecond = controllers === '';
    if (!isSecond && !controllers.split(',').includes('cpu')) continue;
    const root = isSecond ? ROOT : join(ROOT, 'cpu');
    for (const folder of foldersOf(root, path)) {
      const limit = isSecond ? secondVersion(read, folder) : firstVersion(read, folder);
      if (limit !== null) limits.push(limit);
    }
  }
  return limits.length === 0 ? null : Math.min(...limits);
}

/** From the group up to the root. In a container the path may be that of the host: then only the root is there. */
function foldersOf(root: string, path: string): string[] {
  const folders: string[] = [];
  for (let at = path.startsWith('/..') ? '/' : path; at !== '/' && at !== '.'; at = dirname(at)) {
    folders.push(join(root, at));
  }
  return [...folders, root];
}

/** `200000 100000`: so many microseconds in each period of so many; `max 100000`: no limit. */
function secondVersion(read: ReadText, folder: string): number | null {
  const [quota = '', period = ''] = (attempt(() => read(join(folder, 'cpu.max'))) ?? '').trim().split(' ');
  return share(quota, period);
}

function firstVersion(read: ReadText, folder: string): number | null {
  const quota = attempt(() => read(join(folder, 'cpu.cfs_quota_us'))) ?? '';
  const period = attempt(() => read(join(folder, 'cpu.cfs_period_us'))) ?? '';
  return share(quota.trim(), period.trim());
}

function share(quota: string, period: string): number | null {
  if (!/^\d+$/.test(quota) || !/^\d+$/.test(period) || Number(period) === 0) return null;
  return Number(quota) > 0 ? Number(quota) / Number(period) : null;
}

function attempt(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function readText(path: string): string {
  return readFileSync(path, 'latin1');
}
