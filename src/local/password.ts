// Passwords of the embedded servers: random, made once, in a file that only its owner can read.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 18;
const OWNER_ONLY = 0o600;

/** Of letters, digits, hyphens and underscores: safe in URLs, SQL and redis.conf. */
export function keepPassword(folder: string, file: string): string {
  const path = join(folder, file);
  if (!existsSync(path)) writeFileSync(path, randomBytes(BYTES).toString('base64url'), { mode: OWNER_ONLY });
  return readFileSync(path, 'utf8').trim();
}
