// The issue port as the client's contract describes it, in virtual time, with a network that loses what it can:
// requests on their way there, answers on their way back, and clients who are cut off while their request waits to be
// executed. It decides as the real one: holders first, each request within its deadline or never.
import type { Fetch } from '#client/transport';
import { unlessAborted } from '#client/unless-aborted';
import type { Seeded } from './seeded.ts';
import type { VirtualTime } from './virtual-time.ts';

export type ModelState = 'OPEN' | 'PAUSED' | 'SOLD_OUT' | 'CLOSED' | 'SCHEDULED';

const ISSUE_DEADLINE_MS = 2000;
const refusals = {
  PAUSED: { code: 'NOT_OPEN_COUPON' },
  SOLD_OUT: { code: 'OUT_OF_STOCK_COUPON' },
  CLOSED: { code: 'EXPIRED_COUPON' },
  SCHEDULED: { code: 'NOT_OPEN_COUPON', opensAt: '2027-01-01T00:00:00.000Z' },
} as const;

type Fault =
  | 'none'
  | 'lost-before'
  | 'lost-after'
  | 'cut-while-waiting'
  | 'busy'
  | 'unknown'
  | 'gateway-timeout'
  | 'held-up';
type Answered = [status: number, body: object, headers?: Record<string, string>];

export interface ModelRequest {
  readonly method: string;
  readonly key: string | undefined;
  readonly atMs: number;
}

export class ModelServer {
  state: ModelState = 'OPEN';
  /** The one user's coupon: the key that it was granted to. */
  holder: { readonly key: string | undefined } | null = null;
  /** Chance, from 0 to 1, that a request is not answered as it should. */
  faults = 0;
  opensAtMs: number | null = null;
  readonly requests: ModelRequest[] = [];
  atOnceMax = 0;
  #open = 0;
  readonly #time: VirtualTime;
  readonly #random: Seeded;

  constructor(time: VirtualTime, random: Seeded) {
    this.#time = time;
    this.#random = random;
  }

  readonly fetch: Fetch = async (url, { method, headers, signal }) => {
    const key = headers['Idempotency-Key'];
    this.requests.push({ method, key, atMs: this.#time.monotonicMs() });
    this.#open += 1;
    this.atOnceMax = Math.max(this.atOnceMax, this.#open);
    try {
      const exchange = this.#exchange(url, method, key, signal);
      const [status, body, answerHeaders = {}] = await unlessAborted(exchange, signal);
      return {
        status,
        headers: { get: (name) => answerHeaders[name] ?? null },
        text: async () => JSON.stringify(body),
      };
    } finally {
      this.#open -= 1;
    }
  };

  async #exchange(url: string, method: string, key: string | undefined, signal: AbortSignal): Promise<Answered> {
    const fault = this.#fault(method);
    // Somewhere on the way, until long after its client has given it up.
    if (fault === 'held-up') await this.#time.sleep(this.#random.below(9000), new AbortController().signal);
    if (fault !== 'held-up') await this.#time.sleep(this.#random.below(100), signal);
    if (fault === 'lost-before') throw new TypeError('the connection was reset');
    if (fault === 'busy') return [503, { code: 'OVERLOADED' }, { 'Retry-After': String(1 + this.#random.below(3)) }];
    const answer = method === 'POST' ? this.#execute(key, fault) : Promise.resolve(this.#read(url));
    // Cut off before the server has decided, or told to ask, while the request may still be executed.
    if (fault !== 'none' && fault !== 'held-up') await this.#time.sleep(this.#random.below(100), signal);
    if (fault === 'unknown') return [504, { code: 'OUTCOME_UNKNOWN' }];
    if (fault === 'gateway-timeout') return [504, {}];
    if (fault === 'cut-while-waiting') throw new TypeError('the connection was reset');
    const answered = await answer;
    if (fault !== 'held-up') await this.#time.sleep(this.#random.below(100), signal);
    if (fault === 'lost-after') throw new TypeError('the answer was cut');
    return answered;
  }

  #fault(method: string): Fault {
    if (this.#random.below(1000) >= this.faults * 1000) return 'none';
    const reads = ['lost-before', 'lost-after', 'busy', 'gateway-timeout'] as const;
    return this.#random.pick(
      method === 'GET' ? reads : ([...reads, 'cut-while-waiting', 'unknown', 'held-up'] as const),
    );
  }

  /** At some moment before its deadline, no matter whether its client is still there. */
  async #execute(key: string | undefined, fault: Fault): Promise<Answered> {
    await this.#time.sleep(this.#random.below(fault === 'none' ? 50 : ISSUE_DEADLINE_MS), new AbortController().signal);
    if (this.holder) return this.holder.key === key ? this.#granted() : [400, { code: 'ALREADY_ISSUED_COUPON' }];
    if (this.state !== 'OPEN') return [400, refusals[this.state]];
    this.holder = { key };
    return this.#granted();
  }

  #granted(): Answered {
    return [201, { couponId: 1, userId: 7, sequence: 1, issuedAt: '2026-05-01T03:00:00.012Z' }];
  }

  #read(url: string): Answered {
    if (!url.includes('/me/')) return this.#view();
    if (!this.holder) return [404, { code: 'NOT_ISSUED_COUPON' }];
    return [200, { couponId: 1, userId: 7, sequence: 1, status: 'ISSUED', issuedAt: '2026-05-01T03:00:00.012Z' }];
  }

  #view(): Answered {
    const nowMs = this.#time.deviceMs();
    const opensAt = this.opensAtMs === null ? null : new Date(this.opensAtMs).toISOString();
    const state = this.opensAtMs !== null && nowMs < this.opensAtMs ? 'SCHEDULED' : this.state;
    const offer = { name: 'Spring sale', discountType: 'FIXED', discountAmount: 1000 };
    const serverTime = new Date(nowMs).toISOString();
    return [200, { couponId: 1, ...offer, state, opensAt, closesAt: null, total: 9, remaining: 9, serverTime }];
  }
}
