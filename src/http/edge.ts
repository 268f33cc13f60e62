// The files that decide who is let in: keys of the identity mode, certificate and key of HTTPS. Read at the start of an
// HTTP worker, and again at a reload.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { type FileWatch, watchFile } from '../runtime/file-watch.ts';
import { createIdentifier, keyFileOf } from './identity/create.ts';
import { type Identifier, IdentityError } from './identity/identity.ts';
import type { KeySource } from './identity/jwt.ts';
import { readTlsFiles, TlsError, type TlsFiles } from './tls.ts';

export interface Edge {
  readonly identifier: Identifier;
  /** null: plain HTTP. */
  readonly tls: TlsFiles | null;
}

const LOOK_AGAIN_MS = 1000;

/**
 * @param remoteKeys those of JWT_JWKS_URL, which outlive what is read here; null: the files alone are to be checked
 * @throws an error that `isEdgeError` knows, with a sentence that names the file
 */
export function readEdge(config: Config, remoteKeys: KeySource | null = null): Edge {
  return { identifier: createIdentifier(config, remoteKeys), tls: readTlsFiles(config) };
}

export function isEdgeError(error: unknown): error is Error {
  return error instanceof IdentityError || error instanceof TlsError;
}

/**
 * Puts other keys in force when their file changes; keys that can't be used change nothing.
 * @returns null: there is no such file
 */
export function watchKeyFile(
  config: Config,
  remoteKeys: KeySource | null,
  log: Logger,
  replace: (edge: Edge) => void,
): FileWatch | null {
  const keyFile = keyFileOf(config);
  if (keyFile === null) return null;
  return watchFile(keyFile.file, () => {
    try {
      replace({ identifier: createIdentifier(config, remoteKeys), tls: null });
      log.info(`the keys of ${keyFile.setting} are in force`);
    } catch (error) {
      const reason = (error as Error).message;
      log.error(isEdgeError(error) ? { reason } : { err: error }, 'the keys in use stay in force');
    }
  });
}

/**
 * For a worker that starts: the primary has checked the files, so one that is bad now was changed since. The other
 * workers go on with what they have read; this one waits for a good file instead of dying at its start again and again.
 */
export async function readEdgeWhenGood(config: Config, remoteKeys: KeySource | null, log: Logger): Promise<Edge> {
  for (;;) {
    try {
      return readEdge(config, remoteKeys);
    } catch (error) {
      if (!isEdgeError(error)) throw error;
      log.error({ reason: error.message }, 'this worker starts when the file is right again');
    }
    await sleep(LOOK_AGAIN_MS);
    // The primary is gone: there is nothing to start for.
    if (!process.connected) process.exit(0);
  }
}
