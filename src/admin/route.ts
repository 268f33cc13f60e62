// One route of the admin API: what openapi.json tells of it, and what it does. A list of these is the whole API.
import type { FastifyRequest } from 'fastify';
import type { ProblemCode } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { Schema } from './schemas.ts';

export interface AdminRequest<Body = unknown, Query = unknown> {
  readonly couponId: number;
  readonly body: Body;
  readonly query: Query;
  /** Who asks, as the audit table shows it. */
  readonly actor: string;
  readonly raw: FastifyRequest;
}

export interface Answer {
  readonly status?: 200 | 201;
  readonly body: object;
  readonly location?: string;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With `{couponId}` where an id stands. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly query?: Schema;
  readonly body?: Schema;
  /** The body may be left out. */
  readonly bodyOptional?: boolean;
  readonly answer: Schema;
  readonly status?: 201;
  /** Beside those that every route has. */
  readonly problems: readonly ProblemCode[];
  /** Long work, of which few may run at once. */
  readonly heavy?: boolean;
  handle(servers: Stores, request: AdminRequest): Promise<Answer>;
}

/** The same with typed body and query: their schemas are the proof. */
export function route<Body, Query = unknown>(
  definition: Omit<AdminRoute, 'handle'> & {
    handle(servers: Stores, request: AdminRequest<Body, Query>): Promise<Answer>;
  },
): AdminRoute {
  return definition as AdminRoute;
}
