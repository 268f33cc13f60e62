// Who asks: what every way of finding out has in common.

import type { IdentityRefusal } from '../../metrics/identities.ts';
import type { UserId } from '../../user-id.ts';
import type { HttpRequest } from '../engine/engine.ts';
import type { RequestHeaders } from '../request-headers.ts';

/**
 * `missing` and `invalid` are 401, `malformed` (also: repeated, or ambiguous) is 400. `overloaded` and `unavailable`
 * are 503: who it is can't be checked now.
 */
export type Refusal = 'missing' | 'malformed' | 'invalid' | 'overloaded' | 'unavailable';
export type Identity =
  | { readonly userId: UserId }
  | {
      readonly refusal: Refusal;
      /** For the operator. */
      readonly reason: IdentityRefusal;
    };

export function refused(refusal: Refusal, reason: IdentityRefusal): Identity {
  return { refusal, reason };
}

export interface Identifier {
  /** WWW-Authenticate of a 401. */
  readonly challenge: string;
  /** What the request must carry: detail of a 400. */
  readonly expects: string;
  /** It reads all it needs of the request and its headers before it returns: a promise only adds the verdict. */
  identify(headers: RequestHeaders, method: string, request: HttpRequest): Identity | Promise<Identity>;
}

/** A setting that can't work, reported to the operator at the start. */
export class IdentityError extends Error {
  override name = 'IdentityError';
}
