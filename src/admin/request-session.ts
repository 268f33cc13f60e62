// The session of one request: read from its cookie, renewed, begun and ended by cookies of its answer.
// The cookie is HttpOnly, so no script reads it, and SameSite=Strict, so no other page sends it.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from './authentication.ts';
import type { Principal } from './principal.ts';
import { RefusedRequest } from './problem.ts';
import type { Session, Sessions } from './sessions.ts';

export const SESSION_COOKIE = 'couponrush-session';
/** A browser leaves the port out if it is that of the scheme. */
const PORT = /:(\d{1,5})$/;
const DEFAULT_PORTS = new Set(['80', '443']);
/** A browser sends one; some more may be left of another path or domain (I6). */
const COOKIES_MAX = 4;

export class RequestSession {
  readonly #sessions: Sessions;
  readonly #authenticator: Authenticator;
  readonly #reply: FastifyReply;
  #session: Session | null = null;
  /** All that the request has, by the name of the cookie: a logout ends each of them. */
  readonly #right: { readonly name: string; readonly session: Session }[] = [];
  /** Of the request, if it is right. */
  #cookie: string | null = null;
  readonly #name: string;

  constructor(sessions: Sessions, authenticator: Authenticator, reply: FastifyReply) {
    this.#sessions = sessions;
    this.#authenticator = authenticator;
    this.#reply = reply;
    this.#name = cookieNameFor(reply.request.headers.host);
  }

  /** null: the request has a bearer token, or none of both. */
  get current(): Session | null {
    return this.#session;
  }

  /** @returns who asks, by the cookie of the request; null: it has none that is right */
  read(): Principal | null {
    const { request } = this.#reply;
    let last: Principal | null = null;
    for (const { name, value: cookie } of cookiesOf(request, this.#name)) {
      const found = this.#sessions.read(cookie, request.ip);
      if (!found) continue;
      const { session, principal } = found;
      this.#right.push({ name, session });
      // Another page of this host may have set an older session before: the last login counts.
      if (this.#session && this.#session.startedAtMs >= session.startedAtMs) continue;
      this.#session = session;
      this.#cookie = cookie;
      last = principal;
    }
    const renewed = this.#session && this.#sessions.renewed(this.#session);
    if (renewed) {
      this.#session = renewed;
      this.#send(renewed);
    }
    return last;
  }

  /** Whether what let the request in would still let it in, for answers without end. */
  isInForce(): boolean {
    const { request } = this.#reply;
    const { authorization } = request.headers;
    if (authorization === undefined && this.#cookie !== null)
      return this.#sessions.read(this.#cookie, request.ip) !== null;
    return this.#authenticator.check(request.ip, authorization).kind === 'allowed';
  }

  /** @throws RefusedRequest if the token is wrong, as it is for a bearer token */
  begin(token: string): { readonly session: Session; readonly principal: Principal } {
    const verdict = this.#authenticator.check(this.#reply.request.ip, `Bearer ${token}`);
    if (verdict.kind === 'locked') {
      throw new RefusedRequest({ code: 'TOO_MANY_REQUESTS', retryAfterSeconds: verdict.retryAfterSeconds });
    }
    const session = verdict.kind === 'allowed' ? this.#sessions.begin(verdict.principal.name) : null;
    if (verdict.kind !== 'allowed' || !session || !this.#send(session)) {
      void this.#reply.header('WWW-Authenticate', 'Bearer');
      throw new RefusedRequest({ code: 'UNAUTHENTICATED_OPERATOR', detail: 'This token is not in force' });
    }
    this.#session = session;
    return { session, principal: verdict.principal };
  }

  /** Without a session nothing has to end. */
  end(): void {
    for (const { session } of this.#right) this.#sessions.end(session);
    const names = new Set(this.#right.map(({ name }) => name));
    for (const name of names.size === 0 ? [this.#name] : names) this.#set(name, '', 0);
    this.#session = null;
  }

  /** @returns false if the operator is gone */
  #send(session: Session): boolean {
    const value = this.#sessions.cookieOf(session);
    if (value === null) return false;
    this.#set(this.#name, value, Math.max(0, Math.ceil((session.expiresAtMs - Date.now()) / 1000)));
    return true;
  }

  #set(name: string, value: string, maxAgeSeconds: number): void {
    const secure = isTls(this.#reply.request) ? '; Secure' : '';
    void this.#reply.header(
      'Set-Cookie',
      `${name}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAgeSeconds}${secure}`,
    );
  }
}

/**
 * Browsers keep one jar for all ports of a host. So the port that was asked, which may be a proxy's, belongs to the
 * name: two consoles on one host keep a session each.
 */
function cookieNameFor(host = ''): string {
  const port = PORT.exec(host)?.[1];
  return port === undefined || DEFAULT_PORTS.has(port) ? SESSION_COOKIE : `${SESSION_COOKIE}-${port}`;
}

/** Without the port, as a program may send it, its value is as good. */
function cookiesOf({ headers: { cookie = '' } }: FastifyRequest, ownName: string): { name: string; value: string }[] {
  const found: { name: string; value: string }[] = [];
  for (const pair of cookie.split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2);
    if ((name === ownName || name === SESSION_COOKIE) && found.push({ name, value }) === COOKIES_MAX) break;
  }
  return found;
}

/** A proxy that ends TLS says so. Someone who claims it falsely gets a cookie that their own browser does not send. */
function isTls({ headers, protocol }: FastifyRequest): boolean {
  const forwarded = headers['x-forwarded-proto'];
  return (
    protocol === 'https' ||
    String(forwarded ?? '')
      .split(',')[0]
      ?.trim()
      .toLowerCase() === 'https'
  );
}
