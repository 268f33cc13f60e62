// verify: do Redis and MySQL agree on who holds a coupon? (I1-I4) Each difference is a named gap.
// Promise: reads only, in chunks, and Redis first. In live mode a difference is a gap only if the same one is still
// there in a later look, so what is on its way from Redis to MySQL is none.
import { setTimeout as sleep } from 'node:timers/promises';
import { type DeclaredLoss, readLosses } from '../rebuild/declared-losses.ts';
import { couponKeys } from '../redis/keys.ts';
import { readCounts } from '../store/tables/coupons.ts';
import { readResolvedNumbers } from '../store/tables/dead-letters.ts';
import { readRows } from '../store/tables/issuances.ts';
import { type PossibleLoss, readPossibleLosses } from '../store/tables/possible-losses.ts';
import type { ReadStores } from '../stores.ts';
import { Comparison, type CountedCoupon, type RedisSide, type VerifyMode } from './comparison.ts';
import type { Example, Findings } from './findings.ts';
import { type GapName, gapMeanings, gapNames } from './gaps.ts';
import { readRedisSide, readSequence } from './redis-side.ts';

export interface VerifyOptions {
  readonly mode: VerifyMode;
  /** Examples that each gap carries. */
  readonly examplesMax?: number;
  /** Receives how many holders and rows are read, and about how many there are; a later look begins again. */
  readonly report?: (done: number, total: number) => void;
}

export interface Gap {
  readonly name: GapName;
  readonly meaning: string;
  /** 0: no such gap. */
  readonly count: number;
  /** The first few users, sequence numbers or stream ids. */
  readonly examples: readonly Example[];
}

export interface RedisFigures {
  readonly holders: number;
  readonly outbox: number;
  readonly dead: number;
  /** null: no stock key, or no number in it. */
  readonly stock: number | null;
  readonly sequence: number;
}

export interface MysqlFigures {
  readonly rows: number;
  readonly revoked: number;
  readonly highestSequence: number;
  /** Dead letters that were given up. */
  readonly resolved: number;
  /** What is left. */
  readonly stock: number;
  readonly totalStock: number;
  readonly state: string;
}

/** Sequence numbers that were given and then lost by Redis. They are no gap: it is known what became of them. */
export interface DeclaredLossFigures {
  /** In no store any more. */
  readonly missing: number;
  /** Given again, or to be given again. */
  readonly reissued: number;
  /** The first few, as 7 or 7-12. */
  readonly ranges: readonly string[];
}

export interface Verification {
  readonly couponId: number;
  readonly mode: VerifyMode;
  /** Every gap's count is 0. */
  readonly ok: boolean;
  /** All kinds of gaps, also those with count 0, in a fixed order. */
  readonly gaps: readonly Gap[];
  /** null: Redis has nothing of this coupon. */
  readonly redis: RedisFigures | null;
  /** null: MySQL does not know the coupon. */
  readonly mysql: MysqlFigures | null;
  readonly declaredLoss: DeclaredLossFigures;
  /** Grants that Redis may have lost, and of which it can't be known. The newest few. */
  readonly possibleLoss: readonly PossibleLoss[];
  /** How often everything was read. */
  readonly looks: number;
  readonly durationMs: number;
}

/**
 * Everything agrees, and for a final check nothing is left to do: a dead letter is no gap, and waits for an operator.
 */
export function isSettled({ ok, mode, redis }: Pick<Verification, 'ok' | 'mode' | 'redis'>): boolean {
  return ok && (mode === 'live' || (redis?.dead ?? 0) === 0);
}

const EXAMPLES_MAX = 10;
const POSSIBLE_LOSSES_MAX = 10;
const LOOKS_MAX = 3;
/** Longer than an entry takes from Redis to MySQL, and an operator's move from one store to the other. */
const LOOK_AGAIN_AFTER_MS = 500;

/** @throws the connections' errors: an answer needs both stores */
export async function verifyCoupon(
  stores: ReadStores,
  couponId: number,
  { mode, examplesMax = EXAMPLES_MAX, report = () => {} }: VerifyOptions,
): Promise<Verification> {
  const startedAt = performance.now();
  let seen = await look(stores, couponId, mode, report);
  let looks = 1;
  let found = seen.found;
  while (mode === 'live' && !found.empty && looks < LOOKS_MAX) {
    await sleep(LOOK_AGAIN_AFTER_MS);
    seen = await look(stores, couponId, mode, report);
    looks++;
    found = found.and(seen.found);
  }
  const { redis, coupon, counted, resolved, sequence } = seen;
  const losses = await readLosses(stores.database, couponId);
  return {
    couponId,
    mode,
    ok: found.empty,
    gaps: gapNames.map((name) => ({
      name,
      meaning: gapMeanings[name],
      count: found.count(name),
      examples: found.examples(name).slice(0, examplesMax),
    })),
    redis: redis.loaded
      ? {
          holders: redis.holders.size + redis.malformedHolders.length,
          outbox: redis.outbox.length,
          dead: redis.dead.length,
          stock: redis.stock,
          sequence,
        }
      : null,
    mysql: coupon && {
      ...counted,
      resolved,
      stock: coupon.stock,
      totalStock: coupon.totalStock,
      state: coupon.state,
    },
    declaredLoss: {
      missing: countNumbers(losses, 'missing'),
      reissued: countNumbers(losses, 'reissued'),
      ranges: losses.slice(0, examplesMax).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)),
    },
    possibleLoss: await readPossibleLosses(stores.database, couponId, POSSIBLE_LOSSES_MAX),
    looks,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

function countNumbers(losses: readonly DeclaredLoss[], kind: DeclaredLoss['kind']): number {
  return losses.reduce((sum, loss) => (loss.kind === kind ? sum + loss.last - loss.first + 1 : sum), 0);
}

interface Look {
  readonly redis: RedisSide;
  readonly coupon: CountedCoupon | null;
  readonly counted: Comparison['counted'];
  readonly resolved: number;
  readonly sequence: number;
  readonly found: Findings<GapName>;
}

async function look(
  { redis, database }: ReadStores,
  couponId: number,
  mode: VerifyMode,
  report: (done: number, total: number) => void,
): Promise<Look> {
  // Each holder is read once more, as a row.
  const total = 2 * (await redis.scard(couponKeys(couponId).holders));
  const redisSide = await readRedisSide(redis, couponId, (holders) => report(holders, total));
  const resolved = await readResolvedNumbers(database, couponId);
  const comparison = new Comparison(redisSide, resolved, mode);
  for await (const rows of readRows(database, couponId)) {
    comparison.addRows(rows);
    report(redisSide.holders.size + comparison.counted.rows, total);
  }
  const coupon = await readCounts(database, couponId);
  const sequence = await readSequence(redis, couponId);
  const found = comparison.finish(coupon, sequence);
  return { redis: redisSide, coupon, counted: comparison.counted, resolved: resolved.length, sequence, found };
}
