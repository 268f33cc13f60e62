// runtime.json in the data folder: where the running server's own Redis and MySQL listen, for the commands that join it.
// Promise: readers see a whole file or none; only its owner can read it, because the URLs carry passwords.
// When the server has ended the file stays behind: whoever reads it still has to find a server at its addresses.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Runtime {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly mysqlMigrationUrl: string | null;
  /** Port of the issue API. */
  readonly port: number;
  /** Process id of the primary. */
  readonly pid: number;
}

const FILE = 'runtime.json';
const OWNER_ONLY = 0o600;

/** @returns null where there is no file, or none that can be read: no server has run with this data folder */
export function readRuntime(dataDir: string): Runtime | null {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8'));
  } catch {
    return null;
  }
  if (typeof content !== 'object' || content === null) return null;
  const { redisUrl, mysqlUrl, mysqlMigrationUrl = null, port, pid } = content as Partial<Runtime>;
  if (typeof redisUrl !== 'string' || typeof mysqlUrl !== 'string') return null;
  if (!Number.isInteger(port) || !Number.isInteger(pid)) return null;
  return { redisUrl, mysqlUrl, mysqlMigrationUrl, port: port as number, pid: pid as number };
}

/** Writes beside the file and renames, so that a reader never meets half of it. The folder must exist. */
export function writeRuntime(dataDir: string, runtime: Runtime): void {
  const path = join(dataDir, FILE);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(runtime, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(draft, path);
}
