// Who asks, before the body of a request is read: by a bearer token, which wins, or by the cookie of a session.
// Promise: a change by cookie comes from a page of this server, and a role is asked of everyone.
import type { FastifyReply } from 'fastify';
import type { Authenticator } from './authentication.ts';
import { originOf } from './origin.ts';
import type { Principal } from './principal.ts';
import { sendProblem } from './problem.ts';
import type { RefusedRoles } from './refused-changes.ts';
import type { RequestSession } from './request-session.ts';
import { rolesFor } from './roles.ts';
import type { AdminRoute } from './route.ts';

export interface Admission {
  readonly authentication: Authenticator;
  readonly refusedRoles: RefusedRoles;
}

/** Of an open route: its handler asks nothing that a principal may or may not. */
const ANYONE: Principal = { name: null, role: 'viewer', actor: 'anyone' };

/** @returns null if the request was answered */
export async function admit(
  { authentication, refusedRoles }: Admission,
  route: AdminRoute,
  session: RequestSession,
  reply: FastifyReply,
): Promise<Principal | null> {
  const { request } = reply;
  const origin = originOf(request.headers);
  if (route.open) return origin === 'other' ? refuseOrigin(reply) : ANYONE;
  const verdict = authentication.check(request.ip, request.headers.authorization);
  const byCookie = verdict.kind === 'missing' ? session.read() : null;
  if (byCookie && !isReading(request.method) && origin !== 'same') return refuseOrigin(reply);
  const principal = verdict.kind === 'allowed' ? verdict.principal : byCookie;
  if (principal) {
    if (rolesFor(route.operationId).includes(principal.role)) return principal;
    const { operationId, summary } = route;
    const detail = `${summary}: for ${rolesFor(operationId).join(', ')}, and you are ${principal.role}`;
    await refusedRoles.record(route, principal, request, detail);
    sendProblem(reply, { code: 'FORBIDDEN_OPERATOR', detail });
    return null;
  }
  if (verdict.kind === 'locked') {
    sendProblem(reply, { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: verdict.retryAfterSeconds });
  } else {
    sendProblem(reply.header('WWW-Authenticate', 'Bearer'), { code: 'UNAUTHENTICATED_OPERATOR' });
  }
  return null;
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refuseOrigin(reply: FastifyReply): null {
  const { origin, host } = reply.request.headers;
  const found = `Origin is ${origin ?? 'missing'}, and Host is ${host ?? 'missing'}`;
  const detail = `${found}: the page must come from the host that it asks`;
  sendProblem(reply, { code: 'FORBIDDEN_ORIGIN', detail });
  return null;
}
