// What tokens are verified with, as the operator gives it.

import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { IdentityError } from './identity.ts';

export const jwtAlgorithms = ['RS256', 'ES256', 'EdDSA', 'HS256'] as const;
export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** One key, or a set from which the token's header chooses. */
export type JwtKey = KeyObject | ReturnType<typeof createLocalJWKSet>;

const SECRET_BYTES_MIN = 32;
const RSA_BITS_MIN = 2048;
/** P-256, as OpenSSL calls it. */
const ES256_CURVE = 'prime256v1';

/**
 * The key in a file: a JWKS, a public key or certificate in PEM, or else the secret of HS256.
 * @throws IdentityError
 */
export function parseJwtKey(text: string, algorithms: readonly JwtAlgorithm[]): JwtKey {
  const content = text.trim();
  const symmetric = algorithms.includes('HS256');
  if (content.startsWith('{')) {
    if (symmetric) throw new IdentityError('HS256 needs a secret, and the file has a JWKS');
    try {
      return createLocalJWKSet(JSON.parse(content) as JSONWebKeySet);
    } catch {
      throw new IdentityError('it begins like a JWKS, and is none');
    }
  }
  if (content.startsWith('-----BEGIN')) {
    // A public key is known to everybody: as the secret of HS256 it would let everybody sign.
    if (symmetric) throw new IdentityError('HS256 needs a secret, and the file has a key in PEM');
    if (content.includes('PRIVATE KEY'))
      throw new IdentityError('it has a private key: only the public one belongs here');
    const key = readPublicKey(content);
    const unfit = algorithms.find((algorithm) => keyTypeOf[algorithm] !== key.asymmetricKeyType);
    if (unfit) throw new IdentityError(`its key is one of ${key.asymmetricKeyType}, which ${unfit} can't use`);
    const { namedCurve = ES256_CURVE, modulusLength = RSA_BITS_MIN } = key.asymmetricKeyDetails ?? {};
    if (namedCurve !== ES256_CURVE) throw new IdentityError(`its key is on the curve ${namedCurve}, not on P-256`);
    if (modulusLength < RSA_BITS_MIN) throw new IdentityError(`its key has ${modulusLength} bits, not ${RSA_BITS_MIN}`);
    return key;
  }
  if (!symmetric || algorithms.length > 1) throw new IdentityError('it has neither a JWKS nor a public key in PEM');
  const secret = Buffer.from(content);
  if (secret.length < SECRET_BYTES_MIN) throw new IdentityError(`the secret is shorter than ${SECRET_BYTES_MIN} bytes`);
  return createSecretKey(secret);
}

const keyTypeOf: Readonly<Record<JwtAlgorithm, string>> = {
  RS256: 'rsa',
  ES256: 'ec',
  EdDSA: 'ed25519',
  HS256: 'secret',
};

function readPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new IdentityError('its PEM has no public key that can be read');
  }
}
