// The way of finding out who asks that the operator has chosen.
import { readFileSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { hmacIdentifier, parseHmacKeys } from './hmac.ts';
import { type Identifier, IdentityError } from './identity.ts';
import { jwtIdentifier, parseJwtKey } from './jwt.ts';
import { trustIdentifier } from './trust.ts';

type IdentityConfig = Pick<
  Config,
  'identityMode' | 'jwtKeyFile' | 'jwtAlgorithms' | 'jwtIssuer' | 'jwtAudience' | 'hmacKeysFile'
>;

/** @throws IdentityError with a sentence for the operator */
export function createIdentifier(config: IdentityConfig): Identifier {
  switch (config.identityMode) {
    case 'trust':
      return trustIdentifier;
    case 'hmac':
      return hmacIdentifier(fromFile('HMAC_KEYS_FILE', config.hmacKeysFile, parseHmacKeys));
    case 'jwt':
      return jwtIdentifier({
        key: fromFile('JWT_KEY_FILE', config.jwtKeyFile, (text) => parseJwtKey(text, config.jwtAlgorithms)),
        algorithms: config.jwtAlgorithms,
        issuer: config.jwtIssuer ?? '',
        audience: config.jwtAudience ?? '',
      });
    default:
      return config.identityMode satisfies never;
  }
}

function fromFile<T>(setting: string, file: string | null, parse: (text: string) => T): T {
  try {
    return parse(readFileSync(file ?? '', 'utf8'));
  } catch (error) {
    throw new IdentityError(`${setting} ${file}: ${(error as Error).message}`);
  }
}
