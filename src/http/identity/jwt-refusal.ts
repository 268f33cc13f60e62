// Why a token was refused, from the errors of jose.
import { errors } from 'jose';
import type { IdentityRefusal } from '../../metrics/identities.ts';

const ofClaim: Readonly<Record<string, IdentityRefusal>> = {
  nbf: 'not_yet_valid',
  iss: 'wrong_issuer',
  aud: 'wrong_audience',
};

/** @throws the error itself if it is not about the token */
export function reasonOf(error: unknown): IdentityRefusal {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return 'missing_claim';
    return error.reason === 'check_failed' ? (ofClaim[error.claim] ?? 'malformed') : 'malformed';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature';
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown_key';
  // A TypeError: the key is not one of the algorithm.
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof TypeError) return 'wrong_algorithm';
  if (error instanceof errors.JOSENotSupported) return 'wrong_algorithm';
  if (error instanceof errors.JOSEError) return 'malformed';
  throw error;
}
