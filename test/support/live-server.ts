// The admin API on a port, in the process of the test, for viewers of its live stream.
import type { FastifyInstance } from 'fastify';
import { Authentication } from '../../src/admin/authentication.ts';
import { parseOperators } from '../../src/admin/operators.ts';
import { type AdminServerOptions, createAdminServer } from '../../src/admin/server.ts';
import type { CouponStores } from './coupon-stores.ts';
import { LiveViewer } from './live-viewer.ts';
import type { Scope } from './servers.ts';

const TOKEN = 'token-of-the-tests';
export const BEARER = { authorization: `Bearer ${TOKEN}` };

export interface LiveServer {
  readonly app: FastifyInstance;
  readonly authentication: Authentication;
  readonly url: string;
  /** @param headers say who watches; otherwise the holder of the shared token */
  watch(headers?: Record<string, string>, options?: { readonly reads?: boolean }): LiveViewer;
}

/** @param lines of the file of operators */
export async function serveLive(
  t: Scope,
  stores: CouponStores,
  { lines = '', ...more }: Partial<AdminServerOptions> & { readonly lines?: string } = {},
): Promise<LiveServer> {
  const operators = parseOperators(lines, 'operators');
  const authentication = new Authentication({ token: TOKEN, operators, failuresMax: 1000 });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}', ...more });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  return { app, authentication, url, watch: (headers = BEARER, options) => new LiveViewer(t, url, headers, options) };
}
