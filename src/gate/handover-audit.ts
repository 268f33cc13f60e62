// Finds grants that left the outbox without reaching MySQL: the outbox was trimmed from outside, or MySQL was set back.
// If the outbox is empty, every number up to the counter was acknowledged after its commit. So it must be a row, a dead
// letter, one that was given up, or a declared loss. Counting shows it, and costs only what is new since the last
// count.
import type { Database } from '../store/database.ts';
import { countAccounted } from '../store/tables/issuances.ts';

export interface AtRest {
  readonly sequence: number;
  readonly outbox: number;
  readonly dead: number;
  /** Of a coupon: a rebuild begins the count again. */
  readonly epoch: string;
}

export class HandoverAudit {
  readonly #database: Pick<Database, 'query'>;
  /** Up to here nothing is missing. */
  readonly #complete = new Map<number, { sequence: number; epoch: string }>();

  constructor(database: Pick<Database, 'query'>) {
    this.#database = database;
  }

  /**
   * @param atRest what Redis had at one moment, before this call
   * @returns how many grants are in no store; 0 if it can't be known now. Dead letters may hide as many.
   */
  async countMissing(couponId: number, { sequence, outbox, dead, epoch }: AtRest): Promise<number> {
    if (outbox > 0) return 0;
    const known = this.#complete.get(couponId);
    const after = known?.epoch === epoch && known.sequence <= sequence ? known.sequence : 0;
    if (after === sequence) return 0;
    const accounted = await countAccounted(this.#database, couponId, { after, upTo: sequence });
    if (accounted === null) return 0;
    const missing = sequence - after - accounted - dead;
    if (missing > 0) return missing;
    this.#complete.set(couponId, { sequence, epoch });
    return 0;
  }

  /** Coupons that are no longer loaded need no memory. */
  keepOnly(couponIds: ReadonlySet<number>): void {
    for (const couponId of this.#complete.keys()) if (!couponIds.has(couponId)) this.#complete.delete(couponId);
  }
}
