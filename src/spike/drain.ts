// Watches the rows of a spike arrive in MySQL, from the moment of the last answer on.
import { setTimeout as sleep } from 'node:timers/promises';
import { couponKeys } from '../redis/keys.ts';
import { countRowsOfUsers } from '../store/tables/issuances.ts';
import type { ReadStores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';
import { patiently } from './patience.ts';

export interface DrainReport {
  /** Rows of this spike that were in MySQL when the last answer came. */
  readonly rowsAtLastAnswer: number;
  /** Milliseconds from the last answer until every granted coupon had its row; null: not within the limit. */
  readonly allRowsAfterMs: number | null;
  /** The outbox of the coupon is empty. */
  readonly drained: boolean;
}

const LOOK_EVERY_MS = 20;
/** With all rows there, the outbox is given this long: other users' coupons may be in it. */
const OTHERS_MS = 2000;

export class DrainWatch {
  readonly #stores: ReadStores;
  readonly #couponId: number;
  readonly #users: { readonly first: UserKey; readonly last: UserKey };
  #rowsBefore = 0;

  constructor(stores: ReadStores, couponId: number, users: { first: UserKey; last: UserKey }) {
    this.#stores = stores;
    this.#couponId = couponId;
    this.#users = users;
  }

  async start(): Promise<void> {
    this.#rowsBefore = await this.#countRows();
  }

  /**
   * To be called at the last answer.
   * @param granted how many rows there will be; known a moment later, because the record takes its time
   */
  async run(granted: Promise<number>, limitMs: number): Promise<DrainReport> {
    const startedAt = performance.now();
    const elapsedMs = () => Math.round(performance.now() - startedAt);
    const rowsAtLastAnswer = (await this.#countRows()) - this.#rowsBefore;
    const samples = [{ rows: rowsAtLastAnswer, atMs: elapsedMs() }];
    const expected = await granted;
    for (;;) {
      // The outbox first: what has left it is in MySQL.
      const outbox = await patiently(() => this.#stores.redis.xlen(couponKeys(this.#couponId).outbox));
      samples.push({ rows: (await this.#countRows()) - this.#rowsBefore, atMs: elapsedMs() });
      const allRowsAfterMs = samples.find(({ rows }) => rows >= expected)?.atMs ?? null;
      const waitedForOthers = allRowsAfterMs !== null && elapsedMs() > allRowsAfterMs + OTHERS_MS;
      if (outbox === 0 || waitedForOthers || elapsedMs() > limitMs) {
        return { rowsAtLastAnswer, allRowsAfterMs, drained: outbox === 0 };
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  #countRows(): Promise<number> {
    return patiently(() => countRowsOfUsers(this.#stores.database, this.#couponId, this.#users));
  }
}
