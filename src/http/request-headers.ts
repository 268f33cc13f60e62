// Reads the headers of one request, once, and judges its framing. What uWebSockets.js' parser lets through and HTTP
// servers and proxies could read in two ways is refused here.

import type { HttpRequest } from './engine/engine.ts';
import { BODY_BYTES_MAX } from './request-body.ts';

const HEADER_BYTES_MAX = 8192;
const HEADERS_MAX = 50;
/** Name, colon, space, value, CR, LF. */
const HEADER_OVERHEAD_BYTES = 4;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
/** Headers that say who asks, in one mode or another. */
const IDENTITY_HEADERS = ['commerce-user-id', 'commerce-signature', 'authorization'];

const BODY_LENGTH = /^[1-9]\d{0,3}$/;

/** How the request's end is given: no body, by one Content-Length, by chunks alone; or in a way that is refused. */
export type Framing = 'no-body' | 'length' | 'chunked' | 'unsound';

/** The headers of the request that was read last: valid until the next read, in the same turn. */
export class RequestHeaders {
  framing: Framing = 'no-body';
  /** More bytes or lines than are allowed. */
  tooLarge = false;
  /** Values of Commerce-User-Id, Commerce-Signature and Authorization; undefined if missing. */
  user: string | undefined;
  signature: string | undefined;
  authorization: string | undefined;
  /** One of these came more than once, or Connection names it: two readers could see two users. */
  identityAmbiguous = false;
  /** All X-Forwarded-For in their order, joined by commas. */
  forwardedFor: string | undefined;

  #idempotencyKey: string | undefined;
  #idempotencyKeys = 0;
  #count = 0;
  #bytes = 0;
  #contentLengths = 0;
  #contentLength = '';
  #transferEncodings = 0;
  #transferEncoding = '';

  read(request: HttpRequest): void {
    this.user = undefined;
    this.signature = undefined;
    this.authorization = undefined;
    this.identityAmbiguous = false;
    this.forwardedFor = undefined;
    this.#idempotencyKey = undefined;
    this.#idempotencyKeys = 0;
    this.#count = 0;
    this.#bytes = 0;
    this.#contentLengths = 0;
    this.#transferEncodings = 0;
    request.forEach(this.#visit);
    this.framing = this.#contentLengths + this.#transferEncodings === 0 ? 'no-body' : this.#judgeFraming();
    this.tooLarge = this.#bytes > HEADER_BYTES_MAX || this.#count > HEADERS_MAX;
  }

  #judgeFraming(): Framing {
    if (this.#contentLengths + this.#transferEncodings > 1) return 'unsound';
    if (this.#transferEncodings === 1) return this.#transferEncoding === 'chunked' ? 'chunked' : 'unsound';
    if (this.#contentLength === '0') return 'no-body';
    const sound = BODY_LENGTH.test(this.#contentLength) && Number(this.#contentLength) <= BODY_BYTES_MAX;
    return sound ? 'length' : 'unsound';
  }

  /**
   * The Idempotency-Key; undefined if there is none, null unless it is exactly one of 1 to 255 visible ASCII
   * characters.
   */
  get idempotencyKey(): string | null | undefined {
    if (this.#idempotencyKeys === 0) return undefined;
    const key = this.#idempotencyKey ?? '';
    return this.#idempotencyKeys === 1 && IDEMPOTENCY_KEY.test(key) ? key : null;
  }

  /** uWebSockets.js gives names in lower case. */
  readonly #visit = (name: string, value: string): void => {
    this.#count += 1;
    this.#bytes += name.length + value.length + HEADER_OVERHEAD_BYTES;
    switch (name) {
      case 'commerce-user-id':
        if (this.user !== undefined) this.identityAmbiguous = true;
        this.user = value;
        break;
      case 'commerce-signature':
        if (this.signature !== undefined) this.identityAmbiguous = true;
        this.signature = value;
        break;
      case 'authorization':
        if (this.authorization !== undefined) this.identityAmbiguous = true;
        this.authorization = value;
        break;
      case 'idempotency-key':
        this.#idempotencyKeys += 1;
        this.#idempotencyKey = value;
        break;
      case 'x-forwarded-for':
        this.forwardedFor = this.forwardedFor === undefined ? value : `${this.forwardedFor},${value}`;
        break;
      case 'content-length':
        this.#contentLengths += 1;
        this.#contentLength = value;
        break;
      case 'transfer-encoding':
        this.#transferEncodings += 1;
        this.#transferEncoding = value;
        break;
      case 'connection':
        if (namesIdentity(value)) this.identityAmbiguous = true;
        break;
    }
  };
}

function namesIdentity(connection: string): boolean {
  const names = connection.toLowerCase();
  return names !== 'keep-alive' && names !== 'close' && IDENTITY_HEADERS.some((name) => names.includes(name));
}
