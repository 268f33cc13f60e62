// The way of finding out who asks that the operator has chosen.
import { readFileSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { hmacIdentifier, parseHmacKeys } from './hmac.ts';
import { type Identifier, IdentityError } from './identity.ts';
import { fixedKeys, jwtIdentifier, type KeySource } from './jwt.ts';
import { parseJwtKey } from './jwt-key.ts';
import { trustIdentifier } from './trust.ts';

type IdentityConfig = Pick<
  Config,
  | 'identityMode'
  | 'jwtKeyFile'
  | 'jwtJwksUrl'
  | 'jwtAlgorithms'
  | 'jwtIssuer'
  | 'jwtAudience'
  | 'jwtUserClaim'
  | 'hmacKeysFile'
>;

/** The file with the keys of the identity mode, and its setting; null if there is none. */
export function keyFileOf(config: IdentityConfig): { readonly setting: string; readonly file: string } | null {
  const { identityMode, jwtKeyFile, hmacKeysFile } = config;
  if (identityMode === 'jwt' && jwtKeyFile !== null) return { setting: 'JWT_KEY_FILE', file: jwtKeyFile };
  if (identityMode === 'hmac' && hmacKeysFile !== null) return { setting: 'HMAC_KEYS_FILE', file: hmacKeysFile };
  return null;
}

/**
 * @param remote keys of JWT_JWKS_URL; null: the URL is not set, or only what is in the files is to be checked
 * @throws IdentityError with a sentence for the operator
 */
export function createIdentifier(config: IdentityConfig, remote: KeySource | null): Identifier {
  switch (config.identityMode) {
    case 'trust':
      return trustIdentifier;
    case 'hmac':
      return hmacIdentifier(fromFile(config, parseHmacKeys));
    case 'jwt':
      return jwtIdentifier({
        keys: jwtKeys(config, remote),
        algorithms: config.jwtAlgorithms,
        issuer: config.jwtIssuer ?? '',
        audience: config.jwtAudience ?? '',
        userClaim: config.jwtUserClaim,
      });
    default:
      return config.identityMode satisfies never;
  }
}

/** With a file beside the URL, the keys of the file count until the URL has answered once. */
function jwtKeys(config: IdentityConfig, remote: KeySource | null): KeySource {
  const ofFile =
    config.jwtKeyFile === null ? null : fromFile(config, (text) => parseJwtKey(text, config.jwtAlgorithms));
  if (remote === null) return fixedKeys(ofFile);
  return {
    get key() {
      return remote.key ?? ofFile;
    },
    lookAgain: () => remote.lookAgain(),
  };
}

/** The setting is there: src/config.ts sees to it. */
function fromFile<T>(config: IdentityConfig, parse: (text: string) => T): T {
  const { setting = '', file = '' } = keyFileOf(config) ?? {};
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new IdentityError(`${setting} ${file}: ${(error as Error).message}`);
  }
}
