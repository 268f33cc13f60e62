// The admin API as the console asks it: logins, and requests by their cookies from a page of the same host.
import type { FastifyInstance, InjectOptions } from 'fastify';
import { Authentication } from '../../src/admin/authentication.ts';
import { newOperator, parseOperators } from '../../src/admin/operators.ts';
import { roles } from '../../src/admin/principal.ts';
import { createAdminServer } from '../../src/admin/server.ts';
import { type CouponStores, openStores } from './coupon-stores.ts';
import type { Scope } from './servers.ts';

export const TOKEN = 'token-of-the-tests';
export const HOST = 'console.example:8081';
export const ORIGIN = `http://${HOST}`;
export const SESSION_PATH = '/admin/v1/session';
/** An operator of each role. */
export const made = roles.map((role) => ({ role, ...newOperator(`a-${role}`, role) }));
export const operators = parseOperators(made.map(({ line }) => line).join('\n'), 'operators');

export interface Console {
  readonly app: FastifyInstance;
  readonly stores: CouponStores;
  readonly authentication: Authentication;
  /** Another process of the same installation, or the same after a restart. */
  restart(): FastifyInstance;
}

export async function openConsole(t: Scope): Promise<Console> {
  const stores = await openStores(t);
  const start = (authentication: Authentication) => {
    const app = createAdminServer({ authentication, servers: stores, openapi: '{}' });
    t.after(() => app.close());
    return app;
  };
  const authenticate = () => new Authentication({ token: TOKEN, operators, failuresMax: 3 });
  const authentication = authenticate();
  return { app: start(authentication), stores, authentication, restart: () => start(authenticate()) };
}

export async function logIn(app: FastifyInstance, token: string, headers: Record<string, string> = {}) {
  const response = await app.inject({ method: 'POST', url: SESSION_PATH, headers, payload: { token } });
  const cookie = String(response.headers['set-cookie'] ?? '');
  return { response, cookie, pair: cookie.split(';')[0] as string };
}

export function byCookie(pair: string, options: InjectOptions, headers: Record<string, string> = {}): InjectOptions {
  return { ...options, headers: { host: HOST, origin: ORIGIN, cookie: pair, ...headers } };
}
