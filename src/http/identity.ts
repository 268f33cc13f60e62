// Who asks. In mode `trust` a gateway in front has checked the user and sets the header.
import { isCanonicalId } from './ids.ts';
import type { RequestHeaders } from './request-headers.ts';

export type Identity = { readonly userId: string } | { readonly refusal: 'missing' | 'malformed' };

const MISSING: Identity = { refusal: 'missing' };
const MALFORMED: Identity = { refusal: 'malformed' };

export function identify(headers: RequestHeaders): Identity {
  if (headers.identityAmbiguous) return MALFORMED;
  if (headers.identity === undefined) return MISSING;
  return isCanonicalId(headers.identity) ? { userId: headers.identity } : MALFORMED;
}
