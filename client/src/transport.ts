// One request and what came of it. An answer counts only if it was read to its end.
import { afterMs, type Timing } from './timing.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What is needed of `fetch`: the platform's own fits. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly signal: AbortSignal;
    readonly cache: 'no-store';
    readonly credentials: 'omit' | 'same-origin' | 'include';
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

export interface TransportOptions {
  /** Where the issue port is, e.g. `https://coupons.example`; a path in it is kept. */
  readonly baseUrl: string | URL;
  /** Says who the user is, e.g. `() => ({ Authorization: …, })`. Called before each request, so a token may change. */
  readonly headers?: () => Record<string, string> | Promise<Record<string, string>>;
  /** Whether cookies are sent. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
  /** A request without a complete answer is given up then. Default: 5,000. */
  readonly requestTimeoutMs?: number;
  /** Default: the platform's. */
  readonly fetch?: Fetch;
}

export interface Answer {
  /** 0: the connection ended, or the time was up, before the answer was complete. */
  readonly status: number;
  /** The code of a problem document; empty if the answer is none. */
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** null: the answer does not say. */
  readonly retryAfterMs: number | null;
  /** Monotonic. */
  readonly sentMs: number;
  readonly endedMs: number;
}

const NO_BODY: Answer['body'] = {};

export class Transport {
  readonly #options: TransportOptions;
  readonly #base: string;
  readonly #timing: Timing;

  constructor(options: TransportOptions, timing: Timing) {
    this.#options = options;
    this.#base = String(options.baseUrl).replace(/\/+$/, '');
    this.#timing = timing;
  }

  /**
   * @param key the Idempotency-Key
   * @throws the signal's reason as soon as it is aborted, and what `headers` throws
   */
  async send(method: 'GET' | 'POST', path: string, signal: AbortSignal, key?: string): Promise<Answer> {
    const { headers, credentials = 'same-origin', requestTimeoutMs = 5000, fetch = globalThis.fetch } = this.#options;
    const given = (await unlessAborted(Promise.resolve(headers?.()), signal)) ?? {};
    const sentMs = this.#timing.monotonicMs();
    const limit = new AbortController();
    const leave = () => limit.abort();
    signal.addEventListener('abort', leave);
    const callOff = afterMs(this.#timing, requestTimeoutMs, leave);
    const ended = { sentMs, endedMs: 0 };
    try {
      const response = await fetch(this.#base + path, {
        method,
        headers: { Accept: 'application/json', ...given, ...(key === undefined ? {} : { 'Idempotency-Key': key }) },
        signal: limit.signal,
        cache: 'no-store',
        credentials,
      });
      const body = parse(await response.text());
      ended.endedMs = this.#timing.monotonicMs();
      const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
      return {
        ...ended,
        status: response.status,
        code: typeof body.code === 'string' ? body.code : '',
        body,
        retryAfterMs: retryAfter >= 0 ? retryAfter * 1000 : null,
      };
    } catch {
      signal.throwIfAborted();
      return { ...ended, endedMs: this.#timing.monotonicMs(), status: 0, code: '', body: NO_BODY, retryAfterMs: null };
    } finally {
      callOff();
      signal.removeEventListener('abort', leave);
    }
  }
}

function parse(text: string): Answer['body'] {
  try {
    return Object(JSON.parse(text));
  } catch {
    return NO_BODY;
  }
}
