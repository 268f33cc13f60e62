// Our own redis-server: its settings, and how it is launched in a folder.
// Promise: what it acknowledged survives a kill -9 and a power loss (`appendfsync always`), and it never evicts (I3).
// couponrush itself comes as a user of its own with no more rights than it uses, as in production. The default user has
// no password and may do everything: the server listens on loopback only, for the one whose machine it is. So
// `redis-cli -p PORT GET coupon:1:stock` works as the runbook has it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appRules, REDIS_APP_USER, sha256 } from '../redis/acl.ts';
import { keepPassword } from './password.ts';
import { isRedisReady } from './probes.ts';
import type { Program } from './program.ts';
import type { ServerSpec } from './server-process.ts';

const READY_WITHIN_MS = 60_000;
export const REDIS_PID_FILE = 'redis.pid';
const PASSWORD_FILE = 'app-password';

const SAFE_SETTINGS = {
  appendonly: 'yes',
  appendfsync: 'always',
  // The append-only file is the durable copy; snapshots would only add a fork under load.
  save: '""',
  'maxmemory-policy': 'noeviction',
  // About 10 million holders. At the limit Redis refuses before a script begins, which answers 503 (I6).
  maxmemory: '1gb',
  // The command line keeps naming the folder: by it the next start knows a leftover server for ours.
  'set-proc-title': 'no',
  loglevel: 'notice',
} as const;

/**
 * Writes redis.conf into `folder` and says how to run it.
 * @param settings directives of redis.conf that replace ours
 */
export function redisServer(
  program: Program,
  folder: string,
  port: number,
  settings: Readonly<Record<string, string>> = {},
): ServerSpec {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const place = program.place(folder, port);
  const directives = {
    bind: place.address,
    port: place.port,
    // In a container the address is not loopback; what is published on the host is.
    'protected-mode': place.address === '127.0.0.1' ? 'yes' : 'no',
    dir: place.folder,
    pidfile: join(place.folder, REDIS_PID_FILE),
    ...SAFE_SETTINGS,
    user: `${REDIS_APP_USER} ${appRules(sha256(keepPassword(folder, PASSWORD_FILE)))}`,
    ...settings,
  };
  const lines = Object.entries(directives).map(([name, value]) =>
    name === 'dir' || name === 'pidfile' ? `${name} ${JSON.stringify(value)}` : `${name} ${value}`,
  );
  writeFileSync(join(folder, 'redis.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return {
    name: 'redis-server',
    launch: program.launch([join(place.folder, 'redis.conf')], folder, port),
    logFile: join(folder, 'redis.log'),
    readyWithinMs: READY_WITHIN_MS,
    prepare: async () => {
      rmSync(join(folder, REDIS_PID_FILE), { force: true });
      await program.clear(folder);
    },
    isReady: () => isRedisReady(port),
  };
}

/** With the password of the app's user: not for logs. */
export function redisUrlFor(port: number, folder: string): string {
  return `redis://${REDIS_APP_USER}:${keepPassword(folder, PASSWORD_FILE)}@127.0.0.1:${port}`;
}
