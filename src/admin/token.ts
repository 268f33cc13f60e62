// The bearer token of the admin API: from ADMIN_TOKEN, from ADMIN_TOKEN_FILE, or generated into the data folder.
// Promise: a generated token is 256 random bits, readable by its owner only, and never replaced by a later start.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';

const FILE = 'admin-token';
const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const TOKEN_BYTES = 32;
const TOKEN = /^[\x21-\x7e]{16,512}$/;

/** A failure that the operator can fix. */
export class TokenError extends Error {
  override name = 'TokenError';
}

export interface AdminToken {
  readonly token: string;
  /** Where an operator finds it, for a sentence. */
  readonly source: string;
}

type TokenSettings = Pick<Config, 'adminToken' | 'adminTokenFile' | 'dataDir'>;

/** @throws TokenError if a file can't be read or written, or holds no token */
export function readAdminToken({ adminToken, adminTokenFile, dataDir }: TokenSettings): AdminToken {
  if (adminToken !== null) return { token: adminToken, source: 'ADMIN_TOKEN' };
  const path = adminTokenFile ?? join(dataDir, FILE);
  if (adminTokenFile === null) generate(path);
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new TokenError(`the token of the admin API can't be read: ${(error as Error).message}`);
  }
  if (!TOKEN.test(token)) throw new TokenError(`${path} must hold one token: 16 to 512 visible ASCII characters`);
  return { token, source: path };
}

/** Leaves a file that is there alone, also one that another start makes at the same moment. */
function generate(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
    writeFileSync(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new TokenError(`a token for the admin API can't be made: ${(error as Error).message}; set ADMIN_TOKEN`);
  }
}
