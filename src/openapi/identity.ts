// How a user is identified, as openapi.json says it: the security schemes of the identity mode in force.
import type { Config } from '../config.ts';
import { USER_ID_MEANING } from '../user-id.ts';

export type IdentityMode = Config['identityMode'];

interface UserSecurity {
  readonly schemes: Readonly<Record<string, object>>;
  /** What each request of a user must bring: all schemes of one entry. */
  readonly requirement: readonly object[];
}

const userId = (description: string) =>
  ({ type: 'apiKey', in: 'header', name: 'Commerce-User-Id', description }) as const;

export function userSecurity(mode: IdentityMode): UserSecurity {
  switch (mode) {
    case 'trust':
      return {
        schemes: {
          userId: userId(`${USER_ID_MEANING}; set by the gateway; what clients send is removed`),
        },
        requirement: [{ userId: [] }],
      };
    case 'jwt':
      return {
        schemes: {
          userToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              `its sub, or the claim of JWT_USER_CLAIM, is the user id, ${USER_ID_MEANING}; ` +
              'iss, aud and exp are checked',
          },
        },
        requirement: [{ userToken: [] }],
      };
    case 'hmac':
      return {
        schemes: {
          userId: userId(`${USER_ID_MEANING}; covered by the signature`),
          signature: {
            type: 'apiKey',
            in: 'header',
            name: 'Commerce-Signature',
            description: '<key id>.<unix seconds>.<hex of HMAC-SHA256 over method LF path LF user LF unix seconds>',
          },
        },
        requirement: [{ userId: [], signature: [] }],
      };
    default:
      return mode satisfies never;
  }
}
