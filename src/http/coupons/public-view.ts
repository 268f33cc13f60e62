// What anyone may see of a coupon, from Redis while it is loaded there, else from MySQL before its preload and after its
// archiving. Kept for at most a second, so that a crowd that waits for the opening costs one look a second and worker.
// Promise: never older than MAX_AGE_MS, one look at a time for each coupon, and bounded in entries and looks (I6).
import { OperationalError } from '../../errors.ts';
import { couponKeys } from '../../redis/keys.ts';
import type { VerifiedPool } from '../../redis/verified-pool.ts';
import type { Database } from '../../store/database.ts';

export interface CouponView {
  /** scheduled: opens later. The clock that decides is Redis'. */
  readonly state: 'scheduled' | 'open' | 'paused' | 'sold-out' | 'closed';
  /** Milliseconds since 1970; null: no bound. */
  readonly opensAtMs: number | null;
  readonly closesAtMs: number | null;
  readonly total: number;
  readonly remaining: number;
}

export type ViewAnswer =
  | { readonly kind: 'view'; readonly view: CouponView }
  | { readonly kind: 'absent' | 'not-known-now' };

/** Also what Cache-Control tells everyone on the way to the user. */
export const MAX_AGE_MS = 1000;
const ENTRIES_MAX = 10_000;

const ABSENT: ViewAnswer = { kind: 'absent' };
const NOT_KNOWN_NOW: ViewAnswer = { kind: 'not-known-now' };

interface Entry {
  readonly answer: Promise<ViewAnswer>;
  readonly freshUntilMs: number;
}

export class PublicViews {
  readonly #redis: Pick<VerifiedPool, 'run'>;
  readonly #database: Pick<Database, 'query'>;
  /** In the order of their looks. */
  readonly #entries = new Map<number, Entry>();

  constructor(redis: Pick<VerifiedPool, 'run'>, database: Pick<Database, 'query'>) {
    this.#redis = redis;
    this.#database = database;
  }

  /** What is known without a look; null where one is needed. */
  peek(couponId: number): Promise<ViewAnswer> | null {
    const entry = this.#entries.get(couponId);
    return entry && performance.now() < entry.freshUntilMs ? entry.answer : null;
  }

  /** Never rejects for a store that is away. */
  look(couponId: number): Promise<ViewAnswer> {
    const known = this.peek(couponId);
    if (known) return known;
    const answer = this.#ask(couponId);
    this.#entries.delete(couponId);
    this.#entries.set(couponId, { answer, freshUntilMs: performance.now() + MAX_AGE_MS });
    if (this.#entries.size > ENTRIES_MAX) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    // What can't be known now may be known in a moment.
    const forgetIfUnknown = (found: ViewAnswer | null) => {
      if (found?.kind !== 'view' && found?.kind !== 'absent' && this.#entries.get(couponId)?.answer === answer) {
        this.#entries.delete(couponId);
      }
    };
    answer.then(forgetIfUnknown, () => forgetIfUnknown(null));
    return answer;
  }

  /** The coupon changed; null: any may have. */
  forget(couponId: number | null): void {
    if (couponId === null) this.#entries.clear();
    else this.#entries.delete(couponId);
  }

  async #ask(couponId: number): Promise<ViewAnswer> {
    const { stock, holders, meta } = couponKeys(couponId);
    try {
      const reply = await this.#redis.run(0, 'view', [stock, holders, meta], []);
      if (Array.isArray(reply) && reply.length > 0) return { kind: 'view', view: fromRedis(reply) };
    } catch {
      // MySQL may know enough.
    }
    try {
      return await this.#askMysql(couponId);
    } catch (error) {
      if (error instanceof OperationalError) return NOT_KNOWN_NOW;
      throw error;
    }
  }

  async #askMysql(couponId: number): Promise<ViewAnswer> {
    const [row] = await this.#database.query<CouponRow>(
      'SELECT state, total_stock AS total, stock, opens_at, closes_at FROM coupon WHERE id = ?',
      [couponId],
    );
    if (!row) return ABSENT;
    // While it is loaded, Redis alone knows how many are left.
    if (row.state !== 'DRAFT' && row.state !== 'ARCHIVED') return NOT_KNOWN_NOW;
    return {
      kind: 'view',
      view: {
        state: row.state === 'DRAFT' ? 'scheduled' : 'closed',
        opensAtMs: row.opens_at?.getTime() ?? null,
        closesAtMs: row.closes_at?.getTime() ?? null,
        total: row.total,
        remaining: row.stock,
      },
    };
  }
}

interface CouponRow {
  readonly state: string;
  readonly total: number;
  readonly stock: number;
  readonly opens_at: Date | null;
  readonly closes_at: Date | null;
}

function fromRedis(reply: readonly unknown[]): CouponView {
  const [nowMs, total, holders, , opensAt, closesAt] = reply.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const remaining = Math.max(0, total - holders);
  let state: CouponView['state'] = 'open';
  if (reply[3] === 'closed' || (closesAt > 0 && nowMs >= closesAt)) state = 'closed';
  else if (reply[3] === 'paused') state = 'paused';
  else if (nowMs < opensAt) state = 'scheduled';
  else if (remaining === 0) state = 'sold-out';
  return { state, opensAtMs: opensAt || null, closesAtMs: closesAt || null, total, remaining };
}
