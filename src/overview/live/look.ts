// One look at everything, as it is sent to each viewer.
import type { Coupon } from '../../store/tables/coupons.ts';
import type { StoreStanding } from '../either-store.ts';
import { type CouponOverview, overviewJson, phaseOf } from '../overview.ts';
import type { GateState } from '../status.ts';
import type { Alerts } from './alerts.ts';
import type { Asked } from './asked.ts';
import { COUPONS_MAX, type RedisFigures } from './redis-figures.ts';
import type { Samples } from './samples.ts';
import type { ServerFigures } from './server-figures.ts';

export interface MysqlFigures {
  /** Newest first: those that are loaded. */
  readonly coupons: readonly Coupon[];
  readonly unfinishedErasures: number;
  /** Another text after each move. */
  readonly changes: string;
}

export type LookCoupon = ReturnType<typeof overviewJson> & { readonly issuedPerSecond: number | null };

export interface Look {
  /** ISO 8601, by Redis' clock if it answers. */
  readonly at: string;
  readonly mysql: StoreStanding;
  readonly redis: StoreStanding;
  /** Why the stores are not asked, or Redis alone; null: both are. */
  readonly refusal: string | null;
  readonly gate: GateState;
  readonly redisMemoryBytes: number | null;
  readonly heldDrafts: readonly number[] | null;
  readonly processes: Readonly<Record<string, number>>;
  readonly unfinishedErasures: number | null;
  /** Another text after each move of any coupon: what was read before is old. null: MySQL was not read yet. */
  readonly changes: string | null;
  /** When what is shown of each store was read; a store that does not answer is shown as it was then. */
  readonly storesAt: { readonly redis: string | null; readonly mysql: string | null };
  readonly coupons: readonly LookCoupon[];
  readonly server: ServerFigures | null;
  readonly alerts: Alerts;
}

/** Numbers given of each coupon at one moment of Redis' clock. */
export interface Sequences {
  readonly atMs: number;
  readonly given: ReadonlyMap<number, number>;
}

export interface Seen {
  readonly nowMs: number;
  readonly fromMysql: Asked<MysqlFigures>;
  readonly fromRedis: Asked<RedisFigures>;
  readonly refusal: string | null;
  readonly sequences: Samples<Sequences>;
  readonly server: ServerFigures | null;
  readonly alerts: Alerts;
}

/** Over less time, a rate jumps with each batch. */
const RATE_MS = 900;

export function lookOf({ nowMs, fromMysql, fromRedis, refusal, sequences, server, alerts }: Seen): Look {
  const redisAnswers = fromRedis.answers(nowMs);
  const mysqlAnswers = fromMysql.answers(nowMs);
  const figures = fromRedis.value;
  const rows = fromMysql.value;
  const sinceRedisMs = nowMs - (fromRedis.answeredMs ?? nowMs);
  const atMs = redisAnswers && figures ? figures.atMs + sinceRedisMs : Date.now();
  const timeOf = ({ answeredMs }: { readonly answeredMs: number | null }) =>
    answeredMs === null ? null : new Date(atMs - (nowMs - answeredMs)).toISOString();
  const rates = redisAnswers ? ratesOf(sequences) : new Map<number, number>();
  return {
    at: new Date(atMs).toISOString(),
    mysql: mysqlAnswers ? 'ok' : 'unreachable',
    redis: redisAnswers ? 'ok' : 'unreachable',
    refusal,
    gate: redisAnswers && figures ? figures.gate : 'unknown',
    redisMemoryBytes: figures?.redisMemoryBytes ?? null,
    heldDrafts: figures?.heldDrafts ?? null,
    processes: figures?.processes ?? {},
    unfinishedErasures: rows?.unfinishedErasures ?? null,
    changes: rows?.changes ?? null,
    storesAt: { redis: timeOf(fromRedis), mysql: timeOf(fromMysql) },
    coupons: couponsOf(rows?.coupons ?? null, figures, mysqlAnswers, atMs).map((overview) => ({
      ...overviewJson(overview),
      issuedPerSecond: rates.get(overview.coupon.id) ?? null,
    })),
    server,
    alerts,
  };
}

/** MySQL's rows with Redis' figures. If MySQL does not answer, also what Redis alone knows. */
function couponsOf(
  rows: readonly Coupon[] | null,
  figures: RedisFigures | null,
  mysqlAnswers: boolean,
  atMs: number,
): CouponOverview[] {
  const shown = new Map<number, CouponOverview>(mysqlAnswers && rows ? [] : figures?.coupons);
  for (const coupon of rows ?? []) {
    const live = figures?.coupons.get(coupon.id)?.live ?? null;
    shown.set(coupon.id, { coupon, live, held: null, phase: phaseOf(coupon, live, atMs) });
  }
  return [...shown.values()].sort((a, b) => b.coupon.id - a.coupon.id).slice(0, COUPONS_MAX);
}

/** Issued coupons a second; a coupon that was not there before has none. */
function ratesOf(sequences: Samples<Sequences>): Map<number, number> {
  const { last } = sequences;
  const before = sequences.before(RATE_MS);
  const rates = new Map<number, number>();
  if (!last || !before || last.atMs <= before.atMs) return rates;
  const seconds = (last.atMs - before.atMs) / 1000;
  for (const [id, given] of last.given) {
    const earlier = before.given.get(id);
    if (earlier !== undefined) rates.set(id, Math.round((Math.max(0, given - earlier) / seconds) * 10) / 10);
  }
  return rates;
}
