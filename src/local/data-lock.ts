// One owner for each data folder. The file `lock` in it names the process; it is there from the first write on.
// Promise: two owners never hold a folder at once, as long as both see each other's processes (not across containers).
// A crash leaves the file: the next start sees that its process is gone, and takes the folder over.
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from './process-identity.ts';

/** An owner whose primary was killed takes up to 6 s to stop its servers; who starts meanwhile waits for that. */
const WAIT_FOR_STOPPING_MS = 8000;
/** An owner learns within milliseconds that its primary was killed: before refusing, look again after this time. */
const LOOK_AGAIN_AFTER_MS = 300;
const POLL_MS = 50;

export class DataFolderInUseError extends Error {
  readonly pid: number;
  constructor(dataDir: string, pid: number) {
    super(`the data folder ${dataDir} is in use by process ${pid}: stop that one, or set COUPONRUSH_DATA_DIR`);
    this.name = 'DataFolderInUseError';
    this.pid = pid;
  }
}

export interface DataLock {
  /** Lets a process that wants the folder wait instead of giving up. */
  announceStop(): void;
  release(): void;
}

interface Owner {
  readonly pid: number;
  readonly start: string;
  readonly stopping: boolean;
}

function readOwner(path: string): Owner | null {
  try {
    const [pid = '', start = '', state = ''] = readFileSync(path, 'utf8').split('\n');
    return { pid: Number(pid), start, stopping: state === 'stopping' };
  } catch {
    return null;
  }
}

const isRunning = (owner: Owner): boolean => owner.start !== '' && startOf(owner.pid) === owner.start;

function text(state: 'running' | 'stopping'): string {
  return `${process.pid}\n${startOf(process.pid)}\n${state}\n`;
}

/** Creates the lock with its content in one step; false if there is one. */
function create(path: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text('running'), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Removes a dead owner's lock. Another process may be doing the same: what was moved by mistake is put back. */
function removeStale(path: string, dead: Owner): void {
  const away = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, away);
  } catch {
    return;
  }
  const moved = readOwner(away);
  if (moved !== null && (moved.pid !== dead.pid || moved.start !== dead.start)) {
    try {
      linkSync(away, path);
    } catch {}
  }
  unlinkSync(away);
}

/**
 * Waits for an owner that is stopping, takes over from one that is gone.
 * @throws DataFolderInUseError if a running process keeps the folder
 */
export async function lockDataFolder(dataDir: string): Promise<DataLock> {
  const path = join(dataDir, 'lock');
  const startedAt = performance.now();
  while (!create(path)) {
    const owner = readOwner(path);
    if (owner === null) continue;
    if (!isRunning(owner)) {
      removeStale(path, owner);
      continue;
    }
    const waitMs = owner.stopping ? WAIT_FOR_STOPPING_MS : LOOK_AGAIN_AFTER_MS;
    if (owner.pid === process.pid || performance.now() - startedAt > waitMs) {
      throw new DataFolderInUseError(dataDir, owner.pid);
    }
    await sleep(POLL_MS);
  }
  const isOurs = (): boolean => readOwner(path)?.pid === process.pid;
  return {
    announceStop() {
      if (!isOurs()) return;
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, text('stopping'), { mode: 0o600 });
      renameSync(draft, path);
    },
    release() {
      if (isOurs()) unlinkSync(path);
    },
  };
}
