// The claims that this node has seen proven, in a file of its data folder, so that it can start while MySQL is
// unreachable. They count for the MySQL that they were proven with, and for its type of user ids: another address, port
// or database has none.
// A file that is missing, damaged or can't be written means that MySQL has to be asked, and nothing else.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userIdType } from '../user-id.ts';
import type { UserIdType } from '../user-id-form.ts';
import type { ClaimMemory } from './ownership.ts';

interface Remembered {
  readonly mysql: string;
  readonly claim: string;
  /** Absent: written by a version that had numbers only. */
  readonly userIds?: UserIdType;
}

/** @param mysqlUrl its user and password are not written */
export function openClaimMemory(dataDir: string, mysqlUrl: string): ClaimMemory {
  const file = join(dataDir, 'installation.json');
  const { host, pathname } = new URL(mysqlUrl);
  const mysql = `${host}${pathname}`;
  return {
    has(claim) {
      const remembered = read(file);
      const sameIds = (remembered?.userIds ?? 'number') === userIdType;
      return sameIds && remembered?.mysql === mysql && remembered.claim === claim;
    },
    keep(claim) {
      const remembered: Remembered = { mysql, claim, userIds: userIdType };
      try {
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        const draft = `${file}.${process.pid}`;
        writeFileSync(draft, `${JSON.stringify(remembered)}\n`, { mode: 0o600 });
        renameSync(draft, file);
      } catch {
        // A container may have no folder that can be written.
      }
    },
  };
}

function read(file: string): Remembered | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Remembered;
  } catch {
    return null;
  }
}
