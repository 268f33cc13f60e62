// Mode `jwt`: the user proves who they are with a signed token, `Authorization: Bearer <JWT>`; its `sub` is the user
// id. Algorithms, issuer and audience come from the operator's settings, never from the token. Signatures are checked
// outside the event loop's thread by Web Crypto, a bounded number at a time; a token seen a moment ago is only looked
// up.

import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { isUserId } from '../../user-id.ts';
import { type Identifier, type Identity, IdentityError, refused } from './identity.ts';
import { VerifiedTokens } from './verified-tokens.ts';

export const jwtAlgorithms = ['RS256', 'ES256', 'EdDSA', 'HS256'] as const;
export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

export interface JwtOptions {
  readonly key: JwtKey;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly issuer: string;
  readonly audience: string;
  readonly nowMs?: () => number;
}

/** One key, or a set from which the token's header chooses. */
export type JwtKey = KeyObject | ReturnType<typeof createLocalJWKSet>;

/** 0.1 ms of a core each with RS256: more than this is a flood of tokens. */
const CHECKS_MAX = 500;
/** Clocks of issuer and server may differ by as much. */
const CLOCK_TOLERANCE_S = 5;
const SECRET_BYTES_MIN = 32;
const RSA_BITS_MIN = 2048;
/** P-256, as OpenSSL calls it. */
const ES256_CURVE = 'prime256v1';
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

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

export function jwtIdentifier({ nowMs = Date.now, ...options }: JwtOptions): Identifier {
  const verified = new VerifiedTokens(nowMs);
  let checks = 0;

  const check = async (token: string, digest: string): Promise<Identity> => {
    checks += 1;
    try {
      const { sub, exp } = await verify(token, options, nowMs());
      if (sub === undefined || exp === undefined || !isUserId(sub)) return refused.invalid;
      verified.add(digest, sub, exp * 1000);
      return { userId: sub };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return refused.invalid;
      throw error;
    } finally {
      checks -= 1;
    }
  };

  return {
    challenge: 'Bearer',
    expects: 'Authorization must be one Bearer token that is a JWT',
    identify(headers) {
      if (headers.identityAmbiguous) return refused.malformed;
      if (headers.authorization === undefined) return refused.missing;
      const token = BEARER.exec(headers.authorization)?.[1];
      if (token === undefined) return refused.malformed;
      const digest = verified.digest(token);
      const userId = verified.find(digest);
      if (userId !== null) return { userId };
      return checks >= CHECKS_MAX ? refused.overloaded : check(token, digest);
    },
  };
}

async function verify(
  token: string,
  { key, algorithms, issuer, audience }: Omit<JwtOptions, 'nowMs'>,
  nowMs: number,
): Promise<JWTPayload> {
  const rules = {
    algorithms: [...algorithms],
    issuer,
    audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_S,
    currentDate: new Date(nowMs),
  };
  if (typeof key !== 'function') return (await jwtVerify(token, key, rules)).payload;
  try {
    return (await jwtVerify(token, key, rules)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // The token does not name its key.
    for await (const candidate of error) {
      try {
        return (await jwtVerify(token, candidate, rules)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}
