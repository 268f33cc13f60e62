// The addresses of the pages. They stand behind the #, so that one file serves all of them, and a link can be
// pasted into a chat. A new page needs a line here and one in pages.tsx.
export const paths = {
  events: '/',
  create: '/create',
  rush: '/coupons/:couponId',
  after: '/coupons/:couponId/after',
  users: '/users',
  user: '/users/:userId',
  people: '/people',
  system: '/system',
  rehearsal: '/rehearsal',
  runbook: '/runbook',
} as const;

export type PageName = keyof typeof paths;

export interface Route {
  readonly page: PageName;
  /** What stands at the places with a colon, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** What each page is given. */
export type PageProps = Pick<Route, 'params' | 'query'>;

type Values = Readonly<Record<string, string | number>>;

const COUPON_ID = /^[1-9]\d{0,15}$/;

/** @param hash as in `location.hash`. @returns null if no page has this address */
export function parseRoute(hash: string): Route | null {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const parts = split(path);
  for (const [page, pattern] of Object.entries(paths) as [PageName, string][]) {
    const params = match(split(pattern), parts);
    if (params) return { page, params, query: new URLSearchParams(search) };
  }
  return null;
}

/** @returns what a link to the page has as its href */
export function linkTo(page: PageName, params: Values = {}, query: Values = {}): string {
  const path = paths[page].replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')));
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return `#${path}${search === '' ? '' : `?${search}`}`;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = decode(parts[index] ?? '');
    if (part === null) return null;
    if (!expected.startsWith(':')) {
      if (part !== expected) return null;
    } else {
      const name = expected.slice(1);
      if (name === 'couponId' && !COUPON_ID.test(part)) return null;
      params[name] = part;
    }
  }
  return params;
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
