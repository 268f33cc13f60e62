// Whether a browser says that a change comes from a page of this server. The browser adds the cookie by itself, so a
// change by cookie needs this besides SameSite.
import type { IncomingHttpHeaders } from 'node:http';

/** `unknown`: the headers say nothing, as those of programs do. */
export type OriginVerdict = 'same' | 'other' | 'unknown';

export function originOf({
  origin,
  host,
  'sec-fetch-site': site,
}: Pick<IncomingHttpHeaders, 'origin' | 'host' | 'sec-fetch-site'>): OriginVerdict {
  // The browser knows the scheme as well, which Host does not say. It sends this to https and to localhost only.
  if (site !== undefined && site !== 'same-origin') return 'other';
  if (origin !== undefined) return isHostOf(origin, host ?? '') ? 'same' : 'other';
  return site === undefined ? 'unknown' : 'same';
}

/** Origin leaves out the port if it is the one of its scheme; Host may name it. */
function isHostOf(origin: string, host: string): boolean {
  if (!/^https?:\/\/[^/@]+$/i.test(origin) || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const own = `${page.protocol}//${host}`;
  return URL.canParse(own) && new URL(own).origin === page.origin;
}
