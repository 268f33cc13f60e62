// Mode `jwt`: the user proves who they are with a signed token, `Authorization: Bearer <JWT>`; one of its claims is the
// user id. Algorithms, issuer and audience come from the operator's settings, never from the token. Signatures are
// checked outside the event loop's thread by Web Crypto, a bounded number at a time; a token seen a moment ago is only
// looked up.

import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { isUserId } from '../../user-id.ts';
import { type Identifier, type Identity, refused } from './identity.ts';
import type { JwtAlgorithm, JwtKey } from './jwt-key.ts';
import { reasonOf } from './jwt-refusal.ts';
import { VerifiedTokens } from './verified-tokens.ts';

export interface JwtOptions {
  readonly keys: KeySource;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly issuer: string;
  readonly audience: string;
  /** The claim that is the user id. */
  readonly userClaim: string;
  readonly nowMs?: () => number;
}

export interface KeySource {
  /** In force now; another object after each change. null: none yet. */
  readonly key: JwtKey | null;
  /**
   * Looks for keys that are not known yet, unless it has just looked. Never rejects.
   * @returns `looked`: what is in force is what the issuer has; `failed`: it can't be known now
   */
  lookAgain(): Promise<'looked' | 'failed' | 'too-many'>;
}

/** Keys that change only with their source. */
export function fixedKeys(key: JwtKey | null): KeySource {
  return { key, lookAgain: async () => 'looked' };
}

/** 0.1 ms of a core each with RS256: more than this is a flood of tokens. */
const CHECKS_MAX = 500;
/** Clocks of issuer and server may differ by as much. */
const CLOCK_TOLERANCE_S = 5;
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

export function jwtIdentifier(options: JwtOptions): Identifier {
  const verified = new VerifiedTokens(options.nowMs ?? Date.now);
  const check = createCheck(options, verified);
  let knownBy = options.keys.key;
  return {
    challenge: 'Bearer',
    expects: 'Authorization must be one Bearer token that is a JWT',
    identify(headers) {
      if (headers.identityAmbiguous) return refused('malformed', 'repeated');
      if (headers.authorization === undefined) return refused('missing', 'missing');
      const token = BEARER.exec(headers.authorization)?.[1];
      if (token === undefined) return refused('malformed', 'malformed');
      if (knownBy !== options.keys.key) {
        // A key may be gone.
        verified.clear();
        knownBy = options.keys.key;
      }
      const digest = verified.digest(token);
      const userId = verified.find(digest);
      return userId === null ? check(token, digest) : { userId };
    },
  };
}

function createCheck(
  { nowMs = Date.now, ...options }: JwtOptions,
  verified: VerifiedTokens,
): (token: string, digest: string) => Identity | Promise<Identity> {
  const { keys, userClaim } = options;
  let checks = 0;

  /** @throws as jwtVerify */
  const checkWith = async (key: JwtKey, token: string, digest: string): Promise<Identity> => {
    checks += 1;
    try {
      const payload = await verify(token, key, options, nowMs());
      const user = userOf(payload[userClaim]);
      if (payload.exp === undefined || user === null) return refused('invalid', 'bad_user_id');
      if (key === keys.key) verified.add(digest, user, payload.exp * 1000);
      return { userId: user };
    } finally {
      checks -= 1;
    }
  };

  const checkAgain = async (token: string, digest: string): Promise<Identity> => {
    const found = await keys.lookAgain();
    if (found === 'too-many') return refused('overloaded', 'overloaded');
    if (found === 'failed' || keys.key === null) return refused('unavailable', 'keys_unavailable');
    return checkWith(keys.key, token, digest).catch((error: unknown) => refused('invalid', reasonOf(error)));
  };

  const check = async (token: string, digest: string): Promise<Identity> => {
    const { key } = keys;
    if (key === null) return checkAgain(token, digest);
    try {
      return await checkWith(key, token, digest);
    } catch (error) {
      const reason = reasonOf(error);
      return mayBeOfNewKey(reason, token) ? checkAgain(token, digest) : refused('invalid', reason);
    }
  };
  return (token, digest) => (checks >= CHECKS_MAX ? refused('overloaded', 'overloaded') : check(token, digest));
}

/** A key that is not known yet, or one that took the place of another without a name. */
function mayBeOfNewKey(reason: ReturnType<typeof reasonOf>, token: string): boolean {
  if (reason === 'unknown_key') return true;
  return reason === 'bad_signature' && decodeProtectedHeader(token).kid === undefined;
}

/** Issuers write numeric ids as numbers, too. */
function userOf(claim: unknown): string | null {
  const text = Number.isSafeInteger(claim) ? String(claim) : claim;
  return typeof text === 'string' && isUserId(text) ? text : null;
}

/** @throws a JOSEError, or a TypeError if the key is of another algorithm */
async function verify(
  token: string,
  key: JwtKey,
  { algorithms, issuer, audience, userClaim }: Omit<JwtOptions, 'nowMs'>,
  nowMs: number,
): Promise<JWTPayload> {
  const rules = {
    algorithms: [...algorithms],
    issuer,
    audience,
    requiredClaims: ['exp', userClaim],
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
