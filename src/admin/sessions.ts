// Sessions of the console: a cookie says who asks and until when, signed with a key that only this server can make.
// Promise: nothing has to be stored, so a restart ends no session, and every admin process of an installation knows
// them all. The key is made from the shared token and the operator's own: a session ends at once if the operator is
// removed, or if one of the two tokens is replaced. A logout is remembered until the cookie would have expired by
// itself, by this process only.
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { Principal } from './principal.ts';

export interface Session {
  readonly id: string;
  /** null: the holder of the shared token. */
  readonly name: string | null;
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
}

/** An operator whose token is in force. */
export interface Holder {
  readonly principal: Principal;
  /** From the shared token and the operator's own: it changes with each of them. */
  readonly secret: Buffer;
}

/** @returns null if there is no such operator any more */
export type FindHolder = (name: string | null, address: string) => Holder | null;

/** Since the last request that renewed it. */
export const IDLE_MS = 30 * 60_000;
/** Since the login. */
export const SESSION_MS_MAX = 12 * 3_600_000;
/** Not with each answer. */
const RENEW_AFTER_MS = IDLE_MS / 3;
/** Sessions that ended by logout within IDLE_MS (I6). */
const ENDED_MAX = 10_000;
const ID_BYTES = 16;
const KEY_BYTES = 32;
/** Name in base64url (empty: the shared token), id, seconds of the start and of the end, signature. */
const COOKIE = /^([\w-]{0,86})\.([\w-]{22})\.(\d{1,11})\.(\d{1,11})\.([\w-]{43})$/;

export class Sessions {
  readonly #findHolder: FindHolder;
  readonly #now: () => number;
  /** By id: when the last cookie of the session expires. */
  readonly #ended = new BoundedMap<string, number>(ENDED_MAX);

  /** @param now wall clock: a cookie outlives this process */
  constructor(findHolder: FindHolder, now: () => number = Date.now) {
    this.#findHolder = findHolder;
    this.#now = now;
  }

  begin(name: string | null): Session {
    const startedAtMs = this.#wholeSecond();
    const id = randomBytes(ID_BYTES).toString('base64url');
    return { id, name, startedAtMs, expiresAtMs: startedAtMs + IDLE_MS };
  }

  /** @returns the session with a later end, if it is time for one */
  renewed(session: Session): Session | null {
    const nowMs = this.#wholeSecond();
    if (session.expiresAtMs - nowMs > IDLE_MS - RENEW_AFTER_MS) return null;
    const expiresAtMs = Math.min(nowMs + IDLE_MS, session.startedAtMs + SESSION_MS_MAX);
    return expiresAtMs > session.expiresAtMs ? { ...session, expiresAtMs } : null;
  }

  /** No cookie of this session is right any more. */
  end({ id }: Session): void {
    this.#ended.set(id, this.#now() + IDLE_MS);
  }

  /** @returns null if the operator is gone, e.g. between the check of the token and this */
  cookieOf(session: Session): string | null {
    const holder = this.#findHolder(session.name, '');
    if (!holder) return null;
    const text = textOf(session);
    return `${text}.${signatureOf(text, holder)}`;
  }

  /** @param address of who asks, for the audit. @returns null if the cookie is not right, or not any more */
  read(cookie: string, address: string): { readonly session: Session; readonly principal: Principal } | null {
    const parts = COOKIE.exec(cookie);
    if (!parts) return null;
    const [, encoded = '', id = '', started, expires, signature = ''] = parts;
    const name = encoded === '' ? null : Buffer.from(encoded, 'base64url').toString();
    const session = { id, name, startedAtMs: Number(started) * 1000, expiresAtMs: Number(expires) * 1000 };
    const holder = this.#findHolder(name, address);
    if (!holder) return null;
    const expected = signatureOf(textOf(session), holder);
    if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return null;
    return this.isInForce(session) ? { session, principal: holder.principal } : null;
  }

  isInForce({ id, expiresAtMs }: Session): boolean {
    return expiresAtMs > this.#now() && (this.#ended.peek(id) ?? 0) <= this.#now();
  }

  /** A cookie has no milliseconds. */
  #wholeSecond(): number {
    return Math.floor(this.#now() / 1000) * 1000;
  }
}

/** @param token the shared one. @param hash of the operator's token; null: of the shared one */
export function sessionSecret(token: string, hash: Buffer | null): Buffer {
  const material = Buffer.concat([Buffer.from(token), hash ?? Buffer.alloc(0)]);
  const info = hash ? 'couponrush session of an operator' : 'couponrush session of the shared token';
  return Buffer.from(hkdfSync('sha256', material, '', info, KEY_BYTES));
}

function textOf({ id, name, startedAtMs, expiresAtMs }: Session): string {
  const encoded = Buffer.from(name ?? '').toString('base64url');
  return [encoded, id, startedAtMs / 1000, expiresAtMs / 1000].join('.');
}

function signatureOf(text: string, { secret }: Holder): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}
