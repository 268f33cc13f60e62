// What users hold of an archived coupon, for all who ask to be issued it: such a rush is over, and its link still
// works. MySQL knows it alone, and a query for each of them takes longer than they wait. So it is asked for many users
// at once.
// Promise: MySQL is asked for each answer, after it was asked for; a revocation is known at once.
import { Gatherings } from '../../runtime/gatherings.ts';
import type { Database } from '../../store/database.ts';
import { readResolvedUsers } from '../../store/tables/dead-letters.ts';
import { readRowsOfUsers } from '../../store/tables/issuances.ts';
import { type UserId, type UserKey, userKey } from '../../user-id.ts';

export type ArchivedHolding = 'held' | 'revoked' | 'not-held';

/** What the tables' functions take. A few milliseconds of MySQL. */
const USERS_A_QUERY = 1000;
/** The database has one connection for what issuing asks. */
const QUERIES_MAX = 2;
/** They have a deadline, and those behind so many would not be answered before it. */
const WAITING_MAX = 10_000;
/** The longest ISSUE_DEADLINE_MS. */
const WAIT_MS = 10_000;

export class ArchivedHoldings {
  readonly #database: Pick<Database, 'query'>;
  readonly #gatherings: Gatherings<number, UserKey, ArchivedHolding>;

  constructor(database: Pick<Database, 'query'>) {
    this.#database = database;
    this.#gatherings = new Gatherings({
      ask: (couponId, users) => this.#read(couponId, users),
      keysMax: USERS_A_QUERY,
      callsMax: QUERIES_MAX,
      waitingMax: WAITING_MAX,
      waitMs: WAIT_MS,
      failTogether: true,
    });
  }

  /** Of a coupon that is archived. @throws OperationalError */
  readonly find = (couponId: number, userId: UserId): Promise<ArchivedHolding> =>
    this.#gatherings.ask(couponId, userKey(userId));

  async #read(couponId: number, asked: readonly UserKey[]): Promise<ArchivedHolding[]> {
    const users = [...new Set(asked)];
    const rows = await readRowsOfUsers(this.#database, couponId, users);
    const holdings = new Map<UserKey, ArchivedHolding>();
    for (const { user, revoked } of rows) holdings.set(user, revoked ? 'revoked' : 'held');
    const others = users.filter((user) => !holdings.has(user));
    if (others.length > 0) {
      const resolved = await readResolvedUsers(this.#database, couponId, others);
      for (const user of resolved.keys()) holdings.set(user, 'held');
    }
    return asked.map((user) => holdings.get(user) ?? 'not-held');
  }
}
