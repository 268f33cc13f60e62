// One request to the receiver, bounded in every way (I6): a time for all of it, from the name's resolution to the last
// byte; little of an answer is read; a redirect is not followed. Certificates are checked as Node does it.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { DeliveryOutcome } from '../metrics/events.ts';

export interface Receipt {
  readonly outcome: DeliveryOutcome;
  /** What happened, without anything that the receiver sent but its status. */
  readonly failure: string | null;
}

/** Behind the head of an answer. */
const ANSWER_BYTES_MAX = 16_384;
const ANSWER_MS_MAX = 1000;
const HEADER_BYTES_MAX = 16_384;
/** A connection at rest is closed before a balancer on the way does it. */
const REST_MS = 4000;

export class WebhookClient {
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #agent: HttpAgent;

  constructor(url: string, timeoutMs: number) {
    this.#url = new URL(url);
    this.#timeoutMs = timeoutMs;
    const options = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1, timeout: REST_MS };
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Does not throw. @param signal ends it early */
  async post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Receipt> {
    // Its own for each request: AbortSignal.any() of a signal that lives on keeps a little of each call.
    const ending = new AbortController();
    const end = () => ending.abort();
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      end();
    }, this.#timeoutMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const options: RequestOptions = {
      method: 'POST',
      agent: this.#agent,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      maxHeaderSize: HEADER_BYTES_MAX,
      signal: ending.signal,
    };
    try {
      const status = await this.#exchange(options, body);
      if (status >= 200 && status < 300) return { outcome: 'delivered', failure: null };
      return { outcome: 'refused', failure: `status ${status}` };
    } catch (error) {
      if (isLate) return { outcome: 'timeout', failure: `no answer within ${this.#timeoutMs} ms` };
      return { outcome: 'unreachable', failure: (error as NodeJS.ErrnoException).code ?? (error as Error).name };
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', end);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @returns the status of the answer */
  #exchange(options: RequestOptions, body: string): Promise<number> {
    const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      let hasAnswer = false;
      const request = send(this.#url, options, (response) => {
        hasAnswer = true;
        // The status decides. An answer that goes on without end is cut off.
        response.once('close', () => resolve(response.statusCode ?? 0));
        discard(response);
      });
      request.once('error', reject);
      // A 101 that was not asked for ends the connection with neither an answer nor an error.
      request.once('close', () => {
        if (!hasAnswer) reject(new Error('closed without an answer'));
      });
      request.end(body);
    });
  }
}

/** Reads it to its end, so that the connection can be used again, unless it is long, or slow. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  const tooSlow = setTimeout(() => response.destroy(), ANSWER_MS_MAX);
  response.once('close', () => clearTimeout(tooSlow));
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) response.destroy();
  });
}
