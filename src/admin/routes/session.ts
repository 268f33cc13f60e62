// The login of the console: a token once, a cookie afterwards.

import type { Principal } from '../principal.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../session-schemas.ts';
import type { Session } from '../sessions.ts';

const PATH = '/admin/v1/session';

export const sessionRoutes: readonly AdminRoute[] = [
  route<{ token: string }>({
    method: 'POST',
    path: PATH,
    operationId: 'beginSession',
    summary: 'Log in: a cookie for a token',
    description:
      'The cookie (HttpOnly, SameSite=Strict, Secure behind TLS) is accepted by every route in place of a token. ' +
      'It expires 30 minutes after the last request, and 12 hours after the login. ' +
      'It ends at once if the operator is removed or a token replaced.',
    body: schemas.login,
    answer: schemas.session,
    status: 201,
    open: true,
    storeless: true,
    problems: ['VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'],
    async handle(_servers, { body: { token }, session: own }) {
      const { session, principal } = own.begin(token);
      return { status: 201, body: sessionJson(principal, session) };
    },
  }),
  route({
    method: 'GET',
    path: PATH,
    operationId: 'readSession',
    summary: 'Who asks, in which role',
    answer: schemas.session,
    storeless: true,
    problems: [],
    handle: async (_servers, { principal, session }) => ({ body: sessionJson(principal, session.current) }),
  }),
  route({
    method: 'DELETE',
    path: PATH,
    operationId: 'endSession',
    summary: 'Log out: the cookie is not accepted any more',
    answer: schemas.nothing,
    storeless: true,
    problems: [],
    async handle(_servers, { session }) {
      session.end();
      return { body: {} };
    },
  }),
];

function sessionJson({ name, role }: Principal, session: Session | null) {
  const expiresAt = session ? new Date(session.expiresAtMs).toISOString() : null;
  return { operator: name, role, expiresAt };
}
