// What users hold of an archived coupon, for all who ask to be issued it: such a rush is over, and its link still
// works. MySQL knows it alone, and a query for each of them takes longer than they wait. So it is asked for many users
// at once: while a query runs, the next one fills, as batches of decisions do.
// Promise: MySQL is asked for each answer, after it was asked for; a revocation is known at once. All is bounded (I6):
// one query a coupon at a time, users in it, and users who wait for the next.
import { OperationalError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import { readResolvedUsers } from '../../store/tables/dead-letters.ts';
import { readRowsOfUsers } from '../../store/tables/issuances.ts';
import { type UserId, type UserKey, userKey } from '../../user-id.ts';

export type ArchivedHolding = 'held' | 'revoked' | 'not-held';

/** What the tables' functions take. A few milliseconds of MySQL. */
const USERS_A_QUERY = 1000;
/** Of one coupon. They have a deadline, and those behind so many would not be answered before it. */
const WAITING_MAX = 10_000;

interface Waiting {
  readonly user: UserKey;
  readonly resolve: (holding: ArchivedHolding) => void;
  readonly reject: (error: unknown) => void;
}

export class ArchivedHoldings {
  readonly #database: Pick<Database, 'query'>;
  /** By coupon. An entry is there while its queries run. */
  readonly #waiting = new Map<number, Waiting[]>();

  constructor(database: Pick<Database, 'query'>) {
    this.#database = database;
  }

  /** Of a coupon that is archived. @throws OperationalError */
  readonly find = (couponId: number, userId: UserId): Promise<ArchivedHolding> =>
    new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(couponId);
      const one = { user: userKey(userId), resolve, reject };
      if (waiting === undefined) {
        const first = [one];
        this.#waiting.set(couponId, first);
        void this.#work(couponId, first);
      } else if (waiting.length < WAITING_MAX) waiting.push(one);
      else reject(new OperationalError('TOO_MANY_READS', 'transient', 'too many users wait for what MySQL says'));
    });

  async #work(couponId: number, waiting: Waiting[]): Promise<void> {
    // The others of this batch come in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.splice(0, USERS_A_QUERY);
      try {
        const holdings = await this.#read(couponId, batch);
        for (const { user, resolve } of batch) resolve(holdings.get(user) ?? 'not-held');
      } catch (error) {
        // Those who wait would have to wait for as long again.
        for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error);
      }
    }
    this.#waiting.delete(couponId);
  }

  async #read(couponId: number, batch: readonly Waiting[]): Promise<Map<UserKey, ArchivedHolding>> {
    const users = [...new Set(batch.map(({ user }) => user))];
    const rows = await readRowsOfUsers(this.#database, couponId, users);
    const holdings = new Map(rows.map(({ user, revoked }) => [user, revoked ? 'revoked' : 'held'] as const));
    const others = users.filter((user) => !holdings.has(user));
    if (others.length === 0) return holdings;
    for (const user of await readResolvedUsers(this.#database, couponId, others)) holdings.set(user, 'held');
    return holdings;
  }
}
