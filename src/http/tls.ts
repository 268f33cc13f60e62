// The certificate of HTTPS, checked before a worker uses it: uWebSockets.js would only say that it can't listen.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config.ts';

export class TlsError extends Error {
  override name = 'TlsError';
}

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Of what both held when they were read. */
  readonly digest: string;
}

/**
 * null: plain HTTP.
 * @throws TlsError with a sentence for the operator
 */
export function readTlsFiles({ tlsCertFile, tlsKeyFile }: Pick<Config, 'tlsCertFile' | 'tlsKeyFile'>): TlsFiles | null {
  if (tlsCertFile === null || tlsKeyFile === null) return null;
  try {
    const cert = readFileSync(tlsCertFile);
    const key = readFileSync(tlsKeyFile);
    createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
    const digest = createHash('sha256').update(cert).update(key).digest('hex');
    return { certFile: tlsCertFile, keyFile: tlsKeyFile, digest };
  } catch (error) {
    throw new TlsError(`TLS_CERT_FILE ${tlsCertFile}, TLS_KEY_FILE ${tlsKeyFile}: ${(error as Error).message}`);
  }
}
