// Mode `trust`: a gateway in front has checked the user, and sets Commerce-User-Id. Anyone who reaches the port
// directly can be any user, so src/config.ts refuses an address that others can reach unless the operator vouches for
// the gateway.

import { isUserId, USER_ID_MEANING } from '../../user-id.ts';
import { type Identifier, refused } from './identity.ts';

export const trustIdentifier: Identifier = {
  challenge: 'Commerce-User-Id',
  expects: `Commerce-User-Id must be ${USER_ID_MEANING}`,
  identify(headers) {
    if (headers.identityAmbiguous) return refused('malformed', 'repeated');
    if (headers.user === undefined) return refused('missing', 'missing');
    return isUserId(headers.user) ? { userId: headers.user } : refused('malformed', 'bad_user_id');
  },
};
