// Who may use the admin API: the holder of the one shared token, or of the token of a named operator. Tokens are
// compared by their hashes and in constant time: neither length nor beginning shows in the answer's time.
// A right token is always accepted, even after wrong ones from the same address: an operator who must pause is not
// locked out by a stale cron job behind the same NAT. Wrong tokens are counted by address, and answered 429 when there
// are many. So a guess costs a request, and what limits guessing is the length of a token; docs/api.md has the
// arithmetic.
import { timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { hashOf, type Operator } from './operators.ts';
import type { Principal } from './principal.ts';
import { type FindHolder, type Holder, sessionSecret } from './sessions.ts';

export type Verdict =
  | { readonly kind: 'allowed'; readonly principal: Principal }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong' }
  /** Wrong, and one of too many from this address. */
  | { readonly kind: 'locked'; readonly retryAfterSeconds: number };

export interface Authenticator {
  /** @param authorization the header as it came; undefined if there is none */
  check(address: string, authorization: string | undefined): Verdict;
  /** Who may have sessions; without it, there are none. */
  readonly findHolder?: FindHolder;
  /** Those in force; without it, there are none. */
  listOperators?(): readonly NamedRole[];
}

export type NamedRole = Pick<Operator, 'name' | 'role'>;

export interface AuthenticationOptions {
  readonly token: string;
  readonly operators?: readonly Operator[];
  /** Wrong tokens from one address within the window, after which more of them are `locked` until the window's end. */
  readonly failuresMax: number;
  /** Called once a window for an address that is locked. */
  readonly onLocked?: (source: string) => void;
  readonly now?: () => number;
}

const WINDOW_MS = 60_000;
/** Addresses that are remembered (I6). When there are more, the oldest window is forgotten. */
const ADDRESSES_MAX = 10_000;
const SCHEME = /^bearer +([\x21-\x7e]{1,512})$/i;

interface Window {
  failures: number;
  readonly endsAt: number;
}

const SHARED: Principal = { name: null, role: 'admin', actor: null };

export class Authentication implements Authenticator {
  #token: string;
  #hash: Buffer;
  #operators: readonly Operator[];
  readonly #onLocked: (source: string) => void;
  readonly #failuresMax: number;
  readonly #now: () => number;
  readonly #windows = new BoundedMap<string, Window>(ADDRESSES_MAX);

  constructor({ token, operators = [], failuresMax, onLocked = () => {}, now }: AuthenticationOptions) {
    this.#token = token;
    this.#hash = hashOf(token);
    this.#operators = operators;
    this.#onLocked = onLocked;
    this.#failuresMax = failuresMax;
    this.#now = now ?? (() => performance.now());
  }

  /** The old token is wrong from now on. */
  replaceToken(token: string): void {
    this.#token = token;
    this.#hash = hashOf(token);
  }

  /** An operator who is not in the file any more has no token from now on. */
  replaceOperators(operators: readonly Operator[]): void {
    this.#operators = operators;
  }

  /** Never their hashes. */
  listOperators(): NamedRole[] {
    return this.#operators.map(({ name, role }) => ({ name, role }));
  }

  readonly findHolder = (name: string | null, address: string): Holder | null => {
    if (name === null) return { principal: SHARED, secret: sessionSecret(this.#token, null) };
    const operator = this.#operators.find((each) => each.name === name);
    if (!operator) return null;
    return { principal: principalOf(operator, address), secret: sessionSecret(this.#token, operator.hash) };
  };

  check(address: string, authorization: string | undefined): Verdict {
    // A request without a token is not a guess.
    if (authorization === undefined) return { kind: 'missing' };
    const given = SCHEME.exec(authorization)?.[1];
    const principal = given === undefined ? null : this.#principalOf(given, address);
    if (principal) return { kind: 'allowed', principal };
    const source = sourceOf(address);
    const window = this.#windowOf(source);
    if (window && window.failures >= this.#failuresMax) {
      return { kind: 'locked', retryAfterSeconds: Math.ceil((window.endsAt - this.#now()) / 1000) };
    }
    this.#fail(source, window);
    return { kind: 'wrong' };
  }

  /** Compares with all of them, even after a match. */
  #principalOf(token: string, address: string): Principal | null {
    const hash = hashOf(token);
    let found: Principal | null = timingSafeEqual(hash, this.#hash) ? SHARED : null;
    for (const operator of this.#operators) {
      if (!timingSafeEqual(hash, operator.hash)) continue;
      found = principalOf(operator, address);
    }
    return found;
  }

  #windowOf(source: string): Window | undefined {
    const window = this.#windows.peek(source);
    if (window && window.endsAt <= this.#now()) {
      this.#windows.delete(source);
      return undefined;
    }
    return window;
  }

  #fail(source: string, window: Window | undefined): void {
    const failures = (window?.failures ?? 0) + 1;
    if (failures === this.#failuresMax) this.#onLocked(source);
    if (window) window.failures = failures;
    else this.#windows.set(source, { failures, endsAt: this.#now() + WINDOW_MS });
  }
}

function principalOf({ name, role }: Operator, address: string): Principal {
  return { name, role, actor: `${name} (${role}) from ${address}` };
}

/** One customer has a /64 of IPv6 addresses: they count as one. */
function sourceOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const groups = [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
