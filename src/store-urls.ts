// REDIS_URL and MYSQL_URL as text: what they may say, and what is refused by name. Pure.
// Promise: nothing that a URL asks for is dropped silently. A parameter that is not known, a database number of Redis,
// or TLS asked for in another spelling than ours is an error that says what to write instead. No message contains the
// URL's secrets.
import type { Kind } from './setting-kinds.ts';

interface Store {
  /** Without and with TLS. */
  readonly plain: string;
  readonly tls: string;
  readonly example: string;
  readonly caVariable: string;
  /** @throws Error about the part behind the host */
  readonly checkPath: (path: string) => void;
}

const REDIS: Store = {
  plain: 'redis:',
  tls: 'rediss:',
  example: 'redis://user:password@host:6379',
  caVariable: 'REDIS_CA_FILE',
  checkPath(path) {
    if (path === '' || path === '/' || path === '/0') return;
    throw new Error(
      'must not name a database of Redis other than 0: couponrush ' +
        'uses database 0, so give each deployment a Redis of its own',
    );
  },
};

const MYSQL: Store = {
  plain: 'mysql:',
  tls: 'mysqls:',
  example: 'mysql://user:password@host:3306/database',
  caVariable: 'MYSQL_CA_FILE',
  checkPath(path) {
    if (/^\/?[^/;&]*$/.test(path)) return;
    throw new Error(
      'must have nothing but the name of the database in its path: ' +
        'parameters begin with ?, and / ; & in a name are written %2F %3B %26',
    );
  },
};

export const redisUrl = storeUrl(REDIS);
export const mysqlUrl = storeUrl(MYSQL);

/** Certificates in PEM, for TLS: the one parameter there is. REDIS_CA_FILE and MYSQL_CA_FILE become it. */
const CA = 'ca';
/** Names under which drivers and hosting companies ask for TLS, or for less of it. */
const ABOUT_TLS = /ssl|tls|cert|verify|reject|secure|encrypt|^s?ca/i;
const SHOWN_CHARACTERS_MAX = 40;

function storeUrl(store: Store): Kind<string | null> {
  return {
    meaning: `${store.plain}//… or ${store.tls}//…`,
    parse(text) {
      checkCharacters(text);
      const url = parse(text, store);
      checkEncoding(url);
      store.checkPath(url.pathname);
      checkParameters(url, store);
      return text;
    },
  };
}

function checkCharacters(text: string): void {
  // A URL's reader leaves some of these out without a word, and takes what follows a # for no part of the address.
  if (/\s/.test(text)) throw new Error('must not contain blanks or line breaks: write a blank as %20');
  if (text.includes('#')) throw new Error('must not contain #: in a user, password or name write %23');
}

function parse(text: string, { plain, tls, example }: Store): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || ![plain, tls].includes(url.protocol) || url.hostname === '') {
    throw new Error(
      `must be a URL that begins with ${plain}// or ${tls}//, such as ${example}; in the user and the password, ` +
        '@ : / ? # % are written %40 %3A %2F %3F %23 %25',
    );
  }
  return url;
}

function checkEncoding({ username, password, pathname, search }: URL): void {
  try {
    for (const part of [username, password, pathname, search]) decodeURIComponent(part);
  } catch {
    throw new Error('has a % that does not begin a percent-encoded byte: write % itself as %25, also in a password');
  }
}

function checkParameters({ protocol, searchParams }: URL, { plain, tls, caVariable }: Store): void {
  const names = [...searchParams.keys()];
  for (const name of names) {
    if (name === CA) continue;
    const shown = JSON.stringify(name.slice(0, SHOWN_CHARACTERS_MAX));
    if (ABOUT_TLS.test(name)) {
      throw new Error(
        `has the parameter ${shown}, which is not read: write ${tls}// ` +
          'for TLS with a verified certificate (its authority in ' +
          `${caVariable}), or ${plain}// without the parameter for a connection without TLS`,
      );
    }
    if (name.toLowerCase() === 'db')
      throw new Error(`has the parameter ${shown}: the database stands in the path only`);
    throw new Error(`has the parameter ${shown}, which is not known: leave it out`);
  }
  if (names.length === 0) return;
  if (names.length > 1) throw new Error(`has the parameter "${CA}" more than once`);
  if (searchParams.get(CA) === '') throw new Error(`has the parameter "${CA}" without a file`);
  if (protocol !== tls) throw new Error(`has the parameter "${CA}", which needs TLS: write ${tls}//`);
}
