// Who may use the admin API: whoever has the token. Tries are limited by address, so that a weak token can't be guessed.
// The token is compared by its hash and in constant time: neither its length nor its beginning shows in the answer's time.
import { createHash, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../runtime/bounded-map.ts';

export const roles = ['viewer', 'support', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who asks. */
export interface Principal {
  /** null: whoever has the one shared token. */
  readonly name: string | null;
  readonly role: Role;
  /** As the audit table shows it; null: by the address, and what X-Operator claims. */
  readonly actor: string | null;
}

export type Verdict =
  | { readonly kind: 'allowed'; readonly principal: Principal }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong' }
  /** Too many wrong ones from this address: not even looked at. */
  | { readonly kind: 'locked'; readonly retryAfterSeconds: number };

export interface Authenticator {
  /** @param authorization the header as it came; undefined where there is none */
  check(address: string, authorization: string | undefined): Verdict;
}

export interface AuthenticationOptions {
  readonly token: string;
  /** Wrong tokens from one address within the window, after which it is locked until the window's end. */
  readonly failuresMax: number;
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
  #hash: Buffer;
  readonly #failuresMax: number;
  readonly #now: () => number;
  readonly #windows = new BoundedMap<string, Window>(ADDRESSES_MAX);

  constructor({ token, failuresMax, now = () => performance.now() }: AuthenticationOptions) {
    this.#hash = sha256(token);
    this.#failuresMax = failuresMax;
    this.#now = now;
  }

  /** The old token is wrong from now on. */
  replaceToken(token: string): void {
    this.#hash = sha256(token);
  }

  check(address: string, authorization: string | undefined): Verdict {
    const source = sourceOf(address);
    const window = this.#windowOf(source);
    if (window && window.failures >= this.#failuresMax) {
      return { kind: 'locked', retryAfterSeconds: Math.ceil((window.endsAt - this.#now()) / 1000) };
    }
    // Who shows no token does not guess.
    if (authorization === undefined) return { kind: 'missing' };
    const given = SCHEME.exec(authorization)?.[1];
    if (given !== undefined && timingSafeEqual(sha256(given), this.#hash))
      return { kind: 'allowed', principal: SHARED };
    this.#fail(source, window);
    return { kind: 'wrong' };
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
    if (window) {
      window.failures += 1;
      return;
    }
    this.#windows.set(source, { failures: 1, endsAt: this.#now() + WINDOW_MS });
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
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
