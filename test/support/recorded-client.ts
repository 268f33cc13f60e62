// The client package with a record of its requests: each POST as an Attempt of the history, as its client saw it.
import { CouponClient } from '#client';
import type { ClientOptions } from '#client/client';
import type { Fetch } from '#client/transport';
import { type Attempt, readAnswer } from '../../src/history/attempt.ts';
import { now } from './issue-client.ts';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  /** null: no complete answer. */
  readonly status: number | null;
  readonly startedAtMs: number;
}

export class RecordedClient extends CouponClient {
  readonly requests: readonly RecordedRequest[];
  readonly attempts: readonly Attempt[];
  /** Requests of this client that were under way at the same time, watching aside. */
  readonly mostAtOnce: () => number;

  constructor(url: string, user: number, options: Partial<ClientOptions> = {}) {
    const requests: RecordedRequest[] = [];
    const attempts: Attempt[] = [];
    const open = { now: 0, most: 0 };
    const fetch: Fetch = async (to, init) => {
      const startedAtMs = now();
      const { method, headers } = init;
      const record = (status: number | null, body: string, replayed: boolean) => {
        const path = new URL(to).pathname;
        requests.push({ method, path, key: headers['Idempotency-Key'], status, startedAtMs });
        if (method !== 'POST') return;
        const read = status === null ? null : readAnswer(user, status, body);
        const ending = read ?? { status: null, code: null, sequence: null, error: body };
        attempts.push({ user, ...ending, replayed, startedAtMs, sentAtMs: startedAtMs, endedAtMs: now() });
      };
      const settles = to.includes('/me/');
      if (settles) open.most = Math.max(open.most, ++open.now);
      try {
        const response = await globalThis.fetch(to, init);
        const text = await response.text();
        record(response.status, text, response.headers.has('idempotent-replayed'));
        return { status: response.status, headers: response.headers, text: async () => text };
      } catch (error) {
        const { cause, message } = error as Error & { cause?: { code?: string } };
        record(null, cause?.code ?? message, false);
        throw error;
      } finally {
        if (settles) open.now -= 1;
      }
    };
    super({ baseUrl: url, headers: () => ({ 'Commerce-User-Id': String(user) }), fetch, ...options });
    this.requests = requests;
    this.attempts = attempts;
    this.mostAtOnce = () => open.most;
  }

  /** e.g. `POST 201, GET 404`; `-` for a request without a complete answer. */
  get line(): string {
    return this.requests.map(({ method, status }) => `${method} ${status ?? '-'}`).join(', ');
  }
}
