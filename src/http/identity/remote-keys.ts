// The keys of tokens as an issuer publishes them at JWT_JWKS_URL: fetched at the start, every few minutes, and when a
// token names a key that is not among them.
// Promise: keys that were fetched once serve until others are, however long the URL is unreachable or answers what is
// no key set. A fetch is bounded in time, bytes and keys, and there is one at a time. Requests start none soon after
// one that found nothing new, so a flood of unknown keys costs the issuer next to nothing (I6).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import type { Logger } from '../../log.ts';
import { OutageLog } from '../../runtime/outage-log.ts';
import type { KeySource } from './jwt.ts';
import { type JwtAlgorithm, type JwtKey, parseJwtKey } from './jwt-key.ts';

export interface RemoteKeysOptions {
  readonly url: string;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly log: Logger;
  /** Called when there are keys for the first time. */
  readonly onFirst?: () => void;
  readonly timing?: Partial<RemoteKeysTiming>;
}

interface RemoteKeysTiming {
  readonly refreshEveryMs: number;
  /** Between two fetches that requests start if nothing changed, and before one is repeated that failed. */
  readonly gapMs: number;
  /** Between two fetches that requests start if the first one failed. */
  readonly failureGapMs: number;
  readonly withinMs: number;
}

const TIMING: RemoteKeysTiming = {
  refreshEveryMs: 300_000,
  gapMs: 10_000,
  failureGapMs: 1000,
  withinMs: 1500,
};
const BYTES_MAX = 256 * 1024;
const KEYS_MAX = 100;
/** Requests that wait for one fetch. */
const WAITING_MAX = 200;
/** So that the workers of many nodes do not ask together. */
const SPREAD = 0.2;

/** null: the configuration names no URL. */
export function configuredRemoteKeys(
  { identityMode, jwtJwksUrl, jwtAlgorithms }: Pick<Config, 'identityMode' | 'jwtJwksUrl' | 'jwtAlgorithms'>,
  options: Pick<RemoteKeysOptions, 'log' | 'onFirst'>,
): RemoteKeys | null {
  if (identityMode !== 'jwt' || jwtJwksUrl === null) return null;
  return new RemoteKeys({ url: jwtJwksUrl, algorithms: jwtAlgorithms, ...options });
}

type Outcome = 'looked' | 'failed';

export class RemoteKeys implements KeySource {
  readonly #options: RemoteKeysOptions;
  readonly #timing: RemoteKeysTiming;
  readonly #outage: OutageLog;
  readonly #end = new AbortController();
  #key: JwtKey | null = null;
  #text = '';
  #running: Promise<Outcome> | null = null;
  #waiting = 0;
  /** Until then requests start no fetch. */
  #askAgainMs = Number.NEGATIVE_INFINITY;
  #last: Outcome = 'failed';
  #fetchedMs = performance.now();

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#outage = new OutageLog('JWT_JWKS_URL', options.log);
  }

  get key(): JwtKey | null {
    return this.#key;
  }

  /** Milliseconds since the URL returned usable keys, or since this began. */
  get ageMs(): number {
    return performance.now() - this.#fetchedMs;
  }

  /** Fetches now, and again and again. */
  start(): void {
    void this.#repeat();
  }

  stop(): void {
    this.#end.abort();
  }

  /** Fetches now, whatever was fetched when: an operator asks for it. */
  refresh(): Promise<Outcome> {
    this.#running ??= this.#fetch().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async lookAgain(): Promise<Outcome | 'too-many'> {
    const starts = this.#running === null;
    if (starts && performance.now() < this.#askAgainMs) return this.#last;
    if (this.#waiting >= WAITING_MAX) return 'too-many';
    this.#waiting += 1;
    const before = this.#key;
    try {
      const outcome = await this.refresh();
      // An issuer that writes the same keys in another way each time is not asked without a pause.
      const gapMs = this.#key === before ? this.#gapAfter(outcome) : this.#timing.failureGapMs;
      if (starts) this.#askAgainMs = performance.now() + gapMs;
      return outcome;
    } finally {
      this.#waiting -= 1;
    }
  }

  #gapAfter(outcome: Outcome): number {
    return outcome === 'looked' ? this.#timing.gapMs : this.#timing.failureGapMs;
  }

  async #repeat(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const { refreshEveryMs, gapMs } = this.#timing;
      const everyMs = (await this.refresh()) === 'looked' ? refreshEveryMs : gapMs;
      const pauseMs = everyMs * (1 - SPREAD * Math.random());
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #fetch(): Promise<Outcome> {
    try {
      this.#accept(await readText(this.#options.url, this.#timing.withinMs));
      this.#last = 'looked';
      this.#outage.succeeded();
    } catch (error) {
      this.#last = 'failed';
      this.#outage.failed('KEYS_UNAVAILABLE', messageOf(error));
    }
    return this.#last;
  }

  /** @throws if it is no key set that can be used */
  #accept(text: string): void {
    const isFirst = this.#key === null;
    if (text !== this.#text) {
      const { length } = (JSON.parse(text) as { keys?: readonly unknown[] }).keys ?? [];
      if (length === 0 || length > KEYS_MAX) throw new Error(`it has ${length} keys, not 1 to ${KEYS_MAX}`);
      this.#key = parseJwtKey(text, this.#options.algorithms);
      this.#text = text;
      // What changed may change again: the next token with an unknown key may ask at once.
      this.#askAgainMs = Number.NEGATIVE_INFINITY;
      this.#options.log.info({ keys: length }, 'the keys of JWT_JWKS_URL are in force');
    }
    this.#fetchedMs = performance.now();
    if (isFirst) this.#options.onFirst?.();
  }
}

/** @throws unless it is 200, whole within the time, and of at most BYTES_MAX. A redirect is no answer. */
async function readText(url: string, withinMs: number): Promise<string> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(withinMs),
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answers ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > BYTES_MAX) throw new Error(`it answers more than ${BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** fetch says only that it failed; the reason is its cause. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { code, message: reason } = (cause ?? {}) as { code?: string; message?: string };
  return code ?? reason ?? message;
}
