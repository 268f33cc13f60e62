// Pages of other origins: what CORS_ORIGINS lets a browser do with this API. Off unless it is set, and then no request
// pays for it. An origin that is not allowed gets its answer without a line of CORS, so its browser keeps the answer
// from the page. Nothing here asks a store.
import type { Config } from '../config.ts';

type CorsConfig = Pick<Config, 'corsOrigins' | 'identityMode'>;

/** Any origin: allowed in `jwt` mode only, where a browser sends no identity by itself. */
const ANY_ORIGIN = '*';
/** Chromium keeps a preflight no longer than this. */
const MAX_AGE_SECONDS = 7200;
const EXPOSED = 'Date, Idempotent-Replayed, Retry-After';

/**
 * Authorization in each mode, since a gateway may ask for it. Commerce-User-Id is for a page that is tried without a
 * gateway; no page has the key of Commerce-Signature.
 */
const requestHeaders: Readonly<Record<Config['identityMode'], string>> = {
  trust: 'Authorization, Commerce-User-Id, Content-Type, Idempotency-Key',
  hmac: 'Authorization, Content-Type, Idempotency-Key',
  jwt: 'Authorization, Content-Type, Idempotency-Key',
};

export interface Cors {
  /** Lines for each answer, to be put behind its status line: each begins with CR LF. */
  linesFor(origin: string): string;
  /** More lines for the answer to a preflight from this origin; empty if it is not allowed. */
  preflightLinesFor(origin: string, methods: string): string;
}

/** @returns null: off */
export function createCors({ corsOrigins, identityMode }: CorsConfig): Cors | null {
  if (corsOrigins.length === 0) return null;
  const isAny = corsOrigins.includes(ANY_ORIGIN);
  // A gateway may know the user by a cookie.
  const credentials = identityMode === 'jwt' ? '' : '\r\nAccess-Control-Allow-Credentials: true';
  // With a list the answer depends on who asks, also if it is nobody of the list: caches must know.
  const vary = isAny ? '' : '\r\nVary: Origin';
  const allowed = (origin: string) =>
    `\r\nAccess-Control-Allow-Origin: ${origin}${credentials}\r\nAccess-Control-Expose-Headers: ${EXPOSED}${vary}`;
  const lines = new Map(corsOrigins.map((origin) => [origin, allowed(origin)]));
  const find = (origin: string) => lines.get(isAny ? ANY_ORIGIN : origin);
  return {
    linesFor: (origin) => find(origin) ?? vary,
    preflightLinesFor(origin, methods) {
      if (find(origin) === undefined) return '';
      return [
        '',
        `Access-Control-Allow-Methods: ${methods}`,
        `Access-Control-Allow-Headers: ${requestHeaders[identityMode]}`,
        `Access-Control-Max-Age: ${MAX_AGE_SECONDS}`,
      ].join('\r\n');
    },
  };
}
