// Why a store can't be used, as one sentence for the operator. It names the store, its address (never its password),
// its version as far as it is known, and the reason with what to do about it.

/** What a check found. `reason` continues the sentence "Redis at host:port …". */
export interface Trouble {
  readonly reason: string;
  /**
   * Waiting may be enough: the store is down, starting, or has no place now. Otherwise someone must change something.
   */
  readonly curable: boolean;
}

export interface StoreAddress {
  readonly store: 'Redis' | 'MySQL';
  /** The variable that names it. */
  readonly variable: string;
  readonly url: string;
}

const DEFAULT_PORTS = { Redis: 6379, MySQL: 3306 };

export class UnusableStore extends Error {
  readonly store: StoreAddress['store'];
  readonly curable: boolean;

  constructor({ store, url }: StoreAddress, version: string | null, { reason, curable }: Trouble, cause?: unknown) {
    super(`${store} at ${hostAndPort(store, url)}${version === null ? '' : ` (${version})`} ${reason}`, { cause });
    this.name = 'UnusableStore';
    this.store = store;
    this.curable = curable;
  }
}

/** `host:port`, with the default port if the URL has none. Never with its user or its password. */
export function hostAndPort(store: StoreAddress['store'], url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || '127.0.0.1'}:${port || DEFAULT_PORTS[store]}`;
}

/** The user in the URL, decoded; '' if there is none. */
export function userOf(url: string): string {
  const { username } = new URL(url);
  try {
    return decodeURIComponent(username);
  } catch {
    return username;
  }
}
