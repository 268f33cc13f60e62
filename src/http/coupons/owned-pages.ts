// The pages of "my coupons". First pages are read for all users who ask in the same turn in one query, and each page is
// kept for a second, so that a crowd that reloads costs MySQL little.
// Promise: a page is at most MAX_AGE_MS old, and what changed in it by an operator's move, or by a grant that this
// worker answered, is read again at once. Bounded in entries, bytes, queries and users who wait (I6).
import type { RecentGrants } from '../../issuance/recent-grants.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import { type GatheringLimits, Gatherings } from '../../runtime/gatherings.ts';
import type { Database } from '../../store/database.ts';
import { listOwned, listOwnedOfMany, type OwnedCoupon } from '../../store/tables/held-coupons.ts';
import { type UserId, userKey } from '../../user-id.ts';

/** JSON text. */
export type PageText = string;

export interface PageQuery {
  /** Id of the last row of the page before; null: the first page. */
  readonly lastId: number | null;
  readonly size: number;
}

const MAX_AGE_MS = 1000;
/** A grant's row is in MySQL some milliseconds after its answer, and later under load: until then no page is kept. */
const ROW_WITHIN_MS = 1500;
const ENTRIES_MAX = 5000;
/** A longer page is not kept: with 4 KB each, all entries take 20 MB at most. */
const KEPT_LENGTH_MAX = 4096;
/** First pages in one query, and rows of all their users: some milliseconds of MySQL. */
const USERS_A_QUERY = 100;
const ROWS_A_QUERY = 2000;

interface Entry {
  readonly text: PageText;
  readonly readMs: number;
}

interface FirstPage {
  readonly userId: UserId;
  readonly size: number;
}

export interface OwnedPagesOptions extends GatheringLimits {
  readonly database: Pick<Database, 'query'>;
  /** Connections of `database`. */
  readonly queriesMax: number;
  readonly recent: Pick<RecentGrants, 'isGrantedSince'>;
  readonly now?: () => number;
}

export class OwnedPages {
  readonly #recent: Pick<RecentGrants, 'isGrantedSince'>;
  readonly #now: () => number;
  readonly #entries = new BoundedMap<string, Entry>(ENTRIES_MAX);
  readonly #firstPages: Gatherings<null, FirstPage, PageText>;
  readonly #laterPages: Gatherings<string, UserId, PageText>;
  readonly #database: Pick<Database, 'query'>;
  /** Counts what was forgotten: a page that was asked for before is not kept. */
  #generation = 0;

  constructor({ database, queriesMax, recent, now = () => performance.now(), ...limits }: OwnedPagesOptions) {
    this.#database = database;
    this.#recent = recent;
    this.#now = now;
    const shared = { ...limits, callsMax: queriesMax, failTogether: true };
    this.#firstPages = new Gatherings({
      ...shared,
      ask: (_, asked) => this.#readFirst(asked),
      keysMax: USERS_A_QUERY,
    });
    this.#laterPages = new Gatherings({
      ...shared,
      ask: async (name, [userId]) => [await this.#readLater(name, userId as UserId)],
      keysMax: 1,
    });
  }

  /** What is known without asking MySQL; null if it must be asked. */
  peek(userId: UserId, query: PageQuery): PageText | null {
    const entry = this.#entries.peek(keyOf(userId, query));
    if (!entry || this.#now() - entry.readMs >= MAX_AGE_MS) return null;
    return this.#recent.isGrantedSince(userId, entry.readMs - ROW_WITHIN_MS) ? null : entry.text;
  }

  /** @throws OperationalError while MySQL can't be asked */
  async read(userId: UserId, query: PageQuery): Promise<PageText> {
    const readMs = this.#now();
    const generation = this.#generation;
    const { lastId, size } = query;
    const text =
      lastId === null
        ? await this.#firstPages.ask(null, { userId, size })
        : await this.#laterPages.ask(`${lastId} ${size}`, userId);
    if (text.length <= KEPT_LENGTH_MAX && generation === this.#generation) {
      this.#entries.set(keyOf(userId, query), { text, readMs });
    }
    return text;
  }

  /** A coupon changed: pages of its holders may have. */
  forget(): void {
    this.#generation += 1;
    this.#entries.clear();
  }

  async #readFirst(asked: readonly FirstPage[]): Promise<PageText[]> {
    const users = [...new Set(asked.map(({ userId }) => userKey(userId)))];
    const owned = await listOwnedOfMany(this.#database, users, ROWS_A_QUERY);
    const pages: PageText[] = [];
    for (const { userId, size } of asked) {
      const coupons = owned.get(userKey(userId)) ?? (await listOwned(this.#database, userId, null, size + 1));
      pages.push(pageText(coupons, size));
    }
    return pages;
  }

  async #readLater(name: string, userId: UserId): Promise<PageText> {
    const [lastId, size] = name.split(' ').map(Number) as [number, number];
    return pageText(await listOwned(this.#database, userId, lastId, size + 1), size);
  }
}

function keyOf(userId: UserId, { lastId, size }: PageQuery): string {
  return `${userId} ${size} ${lastId ?? ''}`;
}

/** @param found one more than the page has shows that there is a next page */
function pageText(found: readonly OwnedCoupon[], size: number): PageText {
  const coupons = found.slice(0, size);
  return JSON.stringify({ coupons, lastId: coupons.at(-1)?.id ?? null, hasNext: found.length > size });
}
