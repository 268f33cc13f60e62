// Mode `trust`: a gateway in front has checked the user, and sets Commerce-User-Id. Whoever reaches the port directly can be
// any user, so src/config.ts refuses an address that others can reach unless the operator vouches for the gateway.
import { isCanonicalId } from '../ids.ts';
import { type Identifier, refused } from './identity.ts';

export const trustIdentifier: Identifier = {
  challenge: 'Commerce-User-Id',
  expects: 'Commerce-User-Id must be one decimal from 1 to 9007199254740991',
  identify(headers) {
    if (headers.identityAmbiguous) return refused.malformed;
    if (headers.user === undefined) return refused.missing;
    return isCanonicalId(headers.user) ? { userId: headers.user } : refused.malformed;
  },
};
