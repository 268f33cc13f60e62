// One viewer of the live stream of the admin API, as a browser's EventSource is one.
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { History } from '../../src/overview/live/history.ts';
import type { Look, LookCoupon } from '../../src/overview/live/look.ts';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

export interface SeenLook extends Look {
  /** By the monotonic clock of the test. */
  readonly seenMs: number;
}

type Samples = ReturnType<typeof JSON.parse> & Pick<History, 'text'>;

export class LiveViewer {
  readonly looks: SeenLook[] = [];
  /** The samples of the first event. */
  history: Samples['samples'] | null = null;
  comments = 0;
  isOver = false;
  status = 0;
  headers: IncomingMessage['headers'] = {};
  /** Resolves when the answer has begun. */
  readonly begun: Promise<void>;
  readonly #request: ClientRequest;
  #rest = '';

  /** @param reads false: it takes nothing after the headers */
  constructor(t: Scope, adminUrl: string, headers: Record<string, string>, { reads = true } = {}) {
    this.#request = request(`${adminUrl}/admin/v1/live`, { headers, agent: false });
    this.begun = new Promise((resolve) => {
      this.#request.once('response', (response) => {
        this.status = response.statusCode ?? 0;
        this.headers = response.headers;
        resolve();
        if (reads) response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
        else response.socket.pause();
      });
      this.#request.once('error', () => resolve());
      this.#request.once('close', () => {
        this.isOver = true;
      });
    });
    this.#request.end();
    t.after(async () => this.leave());
  }

  get last(): SeenLook | undefined {
    return this.looks.at(-1);
  }

  leave(): void {
    this.#request.destroy();
  }

  coupon(id: number): LookCoupon | undefined {
    return this.last?.coupons.find((coupon) => coupon.id === id);
  }

  /** The first look from now on for which it is true. */
  see(what: string, isSeen: (look: SeenLook) => unknown, withinMs = 10_000): Promise<SeenLook> {
    const from = this.looks.length;
    return waitFor(what, () => this.looks.slice(from).find(isSeen), { withinMs });
  }

  #take(text: string): void {
    const parts = (this.#rest + text).split('\n\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data === undefined) this.comments += 1;
      else if (part.includes('event: look\n')) this.looks.push({ ...JSON.parse(data), seenMs: performance.now() });
      else this.history = JSON.parse(data).samples;
    }
  }
}
