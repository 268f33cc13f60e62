// Reads the headers of one request, once, and judges its framing. What uWebSockets.js' parser lets through and HTTP
// servers and proxies could read in two ways is refused here: no route of ours takes a body.
import type { HttpRequest } from './uws.ts';

const HEADER_BYTES_MAX = 8192;
const HEADERS_MAX = 50;
/** Name, colon, space, value, CR, LF. */
const HEADER_OVERHEAD_BYTES = 4;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,64}$/;
const IDENTITY_HEADER = 'commerce-user-id';

export type Framing = 'sound' | 'body' | 'too-large';

/** The headers of the request that was read last: valid until the next read, in the same turn. */
export class RequestHeaders {
  framing: Framing = 'sound';
  /** Value of the identity header; undefined where it is missing. */
  identity: string | undefined;
  /** The identity header came more than once, or Connection names it: two readers could see two users. */
  identityAmbiguous = false;
  /** Value of Idempotency-Key; undefined where it is missing. */
  idempotencyKey: string | undefined;

  #idempotencyKeys = 0;
  #count = 0;
  #bytes = 0;
  #contentLengths = 0;
  #announcesBody = false;

  read(request: HttpRequest): void {
    this.identity = undefined;
    this.identityAmbiguous = false;
    this.idempotencyKey = undefined;
    this.#idempotencyKeys = 0;
    this.#count = 0;
    this.#bytes = 0;
    this.#contentLengths = 0;
    this.#announcesBody = false;
    request.forEach(this.#visit);
    if (this.#announcesBody || this.#contentLengths > 1) this.framing = 'body';
    else if (this.#bytes > HEADER_BYTES_MAX || this.#count > HEADERS_MAX) this.framing = 'too-large';
    else this.framing = 'sound';
  }

  /** Without an Idempotency-Key, or with exactly one of 1 to 64 visible ASCII characters. */
  get idempotencyKeySound(): boolean {
    return (
      this.#idempotencyKeys === 0 || (this.#idempotencyKeys === 1 && IDEMPOTENCY_KEY.test(this.idempotencyKey ?? ''))
    );
  }

  /** uWebSockets.js gives names in lower case. */
  readonly #visit = (name: string, value: string): void => {
    this.#count += 1;
    this.#bytes += name.length + value.length + HEADER_OVERHEAD_BYTES;
    switch (name) {
      case IDENTITY_HEADER:
        if (this.identity !== undefined) this.identityAmbiguous = true;
        this.identity = value;
        break;
      case 'idempotency-key':
        this.#idempotencyKeys += 1;
        this.idempotencyKey = value;
        break;
      case 'content-length':
        this.#contentLengths += 1;
        if (value !== '0') this.#announcesBody = true;
        break;
      case 'transfer-encoding':
        this.#announcesBody = true;
        break;
      case 'connection':
        if (value.toLowerCase().includes(IDENTITY_HEADER)) this.identityAmbiguous = true;
        break;
    }
  };
}
