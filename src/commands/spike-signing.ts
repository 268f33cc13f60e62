// --jwt-key and --hmac-key: with whose key the users of a spike sign.
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { get } from '../spike/get.ts';
import { createSign, hmacSigning, jwtSigning, type Signing, SigningError, trusted } from '../spike/signature.ts';
import type { UserKey } from '../user-id.ts';
import { CommandFailure, EXIT_USAGE } from './action.ts';

export interface SigningOptions {
  readonly jwtKey?: string;
  readonly jwtIssuer?: string;
  readonly jwtAudience?: string;
  readonly hmacKey?: string;
}

type TokenConfig = Pick<Config, 'jwtIssuer' | 'jwtAudience' | 'jwtUserClaim'>;

/** @throws CommandFailure, before anything is asked */
export function readSigning(options: SigningOptions, config: TokenConfig): Signing {
  const { jwtKey, hmacKey } = options;
  if (jwtKey !== undefined && hmacKey !== undefined) {
    throw new CommandFailure('give either --jwt-key or --hmac-key', EXIT_USAGE);
  }
  if (hmacKey !== undefined) return fromFile('--hmac-key', hmacKey, hmacSigning);
  if (jwtKey === undefined) return trusted;
  const issuer = options.jwtIssuer ?? config.jwtIssuer;
  const audience = options.jwtAudience ?? config.jwtAudience;
  if (!issuer || !audience) {
    throw new CommandFailure(
      '--jwt-key needs --jwt-issuer and --jwt-audience, or JWT_ISSUER and JWT_AUDIENCE as the server has them',
      EXIT_USAGE,
    );
  }
  return fromFile('--jwt-key', jwtKey, (text) =>
    jwtSigning(text, { issuer, audience, userClaim: config.jwtUserClaim }),
  );
}

function fromFile(option: string, file: string, read: (text: string) => Signing): Signing {
  try {
    return read(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof SigningError) && code === undefined) throw error;
    throw new CommandFailure(`${option} ${file}: ${message}`, EXIT_USAGE);
  }
}

/** Whether the server takes the users for who they say they are. Reads only. @throws CommandFailure */
export async function checkIdentity(url: string, couponId: number, user: UserKey, signing: Signing): Promise<void> {
  const path = `${url}/api/v2/me/coupons/${couponId}`;
  const { status } = await get(path, createSign(signing)('GET', new URL(path).pathname, user)).catch(() => ({
    status: 0,
  }));
  if (status !== 401) return;
  const how = {
    trust: 'its IDENTITY_MODE is jwt or hmac: give --jwt-key or --hmac-key',
    jwt: 'is this the private key to its JWT_KEY_FILE, and are the other JWT_ settings those of the server?',
    hmac: 'is this a key of its HMAC_KEYS_FILE, and do both clocks agree?',
  }[signing.mode];
  throw new CommandFailure(`the server at ${url} refuses the users of the spike (401): ${how}`);
}
