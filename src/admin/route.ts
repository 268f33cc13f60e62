// One route of the admin API: what openapi.json says of it, and what it does. A list of these is the whole API.
import type { ExplainedSetting } from '../config.ts';
import type { ProblemCode } from '../errors.ts';
import type { LiveFeed } from '../overview/live/feed.ts';
import type { Stores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';
import type { NamedRole } from './authentication.ts';
import type { FieldProblem } from './field-problems.ts';
import type { Principal } from './principal.ts';
import type { RehearsalTarget } from './rehearsals.ts';
import type { RequestSession } from './request-session.ts';
import type { Schema } from './schemas.ts';

export interface AdminRequest<Body = unknown, Query = unknown> {
  /** NaN if the path has none. */
  readonly couponId: number;
  /** Has no meaning if the path has none. */
  readonly userId: UserKey;
  /** NaN if the path has none. */
  readonly rehearsalId: number;
  readonly body: Body;
  readonly query: Query;
  /** Who asks, as the audit table shows it. */
  readonly actor: string;
  /** Where the server publishes its counters; null: not known. */
  readonly metricsUrl: string | null;
  /** The server that rehearsals go to; null: this admin API belongs to none. */
  readonly rehearse: RehearsalTarget | null;
  readonly principal: Principal;
  /** By which it is asked, if it is not asked by a bearer token. */
  readonly session: RequestSession;
  /** Called with the progress of long work, if the caller is in this process; @param total null if it is not known */
  report(done: number, total: number | null): void;
  /** One look at everything, for all who watch. */
  readonly live: LiveFeed;
  /** The named operators in force. */
  operators(): readonly NamedRole[];
  /** What the server runs with, secrets masked. */
  settings(): readonly ExplainedSetting[];
}

export interface Answer {
  readonly status?: 200 | 201;
  /** A generator of texts is sent as it goes, in flat memory. */
  readonly body: object | AsyncGenerator<string>;
  /** Of a body that is no JSON. */
  readonly mediaType?: string;
  /** It is saved under this name instead of shown. */
  readonly fileName?: string;
  readonly location?: string;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{couponId}`, `{userId}` and `{rehearsalId}` where an id stands. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly query?: Schema;
  readonly body?: Schema;
  /** The body may be left out. */
  readonly bodyOptional?: boolean;
  /** Where it may be larger than those of other routes. */
  readonly bodyBytesMax?: number;
  readonly answer: Schema;
  /** What the answer may be instead of JSON: it is streamed then, and few run at once. */
  readonly mediaTypes?: readonly string[];
  /** A stream without end: of these many run at once, and a reader that takes nothing is cut off sooner. */
  readonly endless?: boolean;
  readonly status?: 201;
  /** It is answered without a token or a session. */
  readonly open?: boolean;
  /** It needs neither store, so it is answered also if both are down. */
  readonly storeless?: boolean;
  /** Of a dry run, with status 200, if it is another one. */
  readonly dryRunAnswer?: Schema;
  /** Beside those that every route has. */
  readonly problems: readonly ProblemCode[];
  /** It answers within 3 s by itself, whichever store is silent. Other work ends if a store that it needs is. */
  readonly ownPatience?: boolean;
  /** It stops issuing by Redis alone, also while MySQL may be another installation's. */
  readonly isBrake?: boolean;
  /** Long work, of which few may run at once. */
  readonly heavy?: boolean;
  /** What else is wrong with a body that its schema refuses. @param wrong the fields that the schema refuses */
  moreProblems?(
    servers: Stores,
    request: Pick<AdminRequest, 'couponId' | 'body'>,
    wrong: ReadonlySet<string>,
  ): Promise<readonly FieldProblem[]>;
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
