// runtime.json in the data folder: where the running server and its own Redis and MySQL listen, for the commands that
// join it.
// Promise: readers see a whole file or none; only its owner can read it, because the URLs carry passwords. It is
// believed only while the primary that wrote it runs: what a dead one left is no server.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExplainedSetting } from '../config.ts';
import { startOf } from './process-identity.ts';

export interface Runtime {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly mysqlMigrationUrl: string | null;
  /** Base of the issue API, without a slash at its end. */
  readonly url: string;
  /** Where it publishes its counters; null: nowhere. Without it: not known, an older version wrote the file. */
  readonly metricsUrl?: string | null;
  /** What the server runs with, secrets masked. */
  readonly settings?: readonly ExplainedSetting[];
}

interface Written extends Runtime {
  /** Of the primary. */
  readonly pid: number;
  /** Distinguishes it from a later process with the same pid. */
  readonly start: string;
}

const FILE = 'runtime.json';
const OWNER_ONLY = 0o600;

/** @returns null if there is no file, none that can be read, or one whose server has ended */
export function readRuntime(dataDir: string): Runtime | null {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8'));
  } catch {
    return null;
  }
  if (typeof content !== 'object' || content === null) return null;
  const {
    redisUrl,
    mysqlUrl,
    mysqlMigrationUrl = null,
    url,
    metricsUrl,
    settings,
    pid,
    start,
  } = content as Partial<Written>;
  if (typeof redisUrl !== 'string' || typeof mysqlUrl !== 'string' || typeof url !== 'string') return null;
  if (typeof pid !== 'number' || typeof start !== 'string' || startOf(pid) !== start) return null;
  const knowsMetrics = metricsUrl === null || typeof metricsUrl === 'string';
  return {
    redisUrl,
    mysqlUrl,
    mysqlMigrationUrl,
    url,
    ...(knowsMetrics && { metricsUrl }),
    ...(Array.isArray(settings) && { settings }),
  };
}

/** For the server that this process is. Writes beside the file and renames, so that a reader never meets half of it.
 * The folder must exist. */
export function writeRuntime(dataDir: string, runtime: Runtime): void {
  const path = join(dataDir, FILE);
  const draft = `${path}.${process.pid}`;
  const written = { ...runtime, pid: process.pid, start: startOf(process.pid) ?? '' } satisfies Written;
  writeFileSync(draft, `${JSON.stringify(written, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(draft, path);
}
