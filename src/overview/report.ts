// An event in figures, for anyone who was not there: how many, how fast, what it is worth, who was refused.

import { INSTALLATION } from '../redis/keys.ts';
import { redisNow } from '../redis/time.ts';
import { type Coupon, readCounts } from '../store/tables/coupons.ts';
import {
  countByStep,
  type PeriodTotal,
  readIssueTimes,
  readPeak,
  readPeriod,
  readStatusTotals,
  type StatusTotal,
} from '../store/tables/reports.ts';
import type { ReadStores } from '../stores.ts';
import { type CouponJson, couponJson, overviewOf } from './overview.ts';
import { type Refusals, readRefusals } from './refusals.ts';

export interface Rate {
  readonly from: Date;
  readonly stepSeconds: number;
  /** Issued in each step, the first begins at `from`. At most 300 of them. */
  readonly counts: readonly number[];
}

export interface FaceValue {
  readonly issued: number;
  /** Of those that can still be used. */
  readonly open: number;
  readonly used: number;
  readonly revoked: number;
}

export interface Report {
  readonly at: Date;
  readonly coupon: CouponJson;
  readonly phase: string;
  readonly totals: {
    /** All numbers that were given and have a row, revoked ones included. */
    readonly issued: number;
    /** Issued, and neither used nor revoked nor lapsed. */
    readonly open: number;
    readonly used: number;
    /** Cancelled or expired. */
    readonly lapsed: number;
    readonly revoked: number;
    /** Not in MySQL yet, so in none of the figures above. */
    readonly pending: number;
    readonly deadLetters: number;
    /** Dead letters that were given up. */
    readonly givenUp: number;
  };
  /** In the currency's smallest unit; null: a PERCENT discount. */
  readonly faceValue: FaceValue | null;
  readonly firstIssuedAt: Date | null;
  readonly lastIssuedAt: Date | null;
  /** The most of one second. */
  readonly peakPerSecond: number;
  /** From the decision to the row in MySQL. */
  readonly delayMs: { readonly mean: number; readonly max: number } | null;
  /** null: nothing was issued. */
  readonly rate: Rate | null;
  /** null: not known, e.g. since no server of this installation could be asked. */
  readonly refusals: Refusals | null;
}

const STEPS_MAX = 300;
const STEP_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400];

export async function readReport(stores: ReadStores, coupon: Coupon, metricsUrl: string | null): Promise<Report> {
  const { redis, database } = stores;
  const [nowMs, [claim = null]] = await Promise.all([redisNow(redis), redis.hmget(INSTALLATION, 'claim')]);
  const [{ phase, live }, byStatus, times, counts, refusals] = await Promise.all([
    overviewOf(redis, coupon, nowMs),
    readStatusTotals(database, coupon.id),
    readIssueTimes(database, coupon.id),
    readCounts(database, coupon.id),
    readRefusals(metricsUrl, claim, coupon.id),
  ]);
  const rowsWith = (...statuses: string[]) => sum(byStatus, 'rows', statuses);
  return {
    at: new Date(nowMs),
    coupon: couponJson(coupon),
    phase,
    totals: {
      issued: sum(byStatus, 'rows'),
      open: rowsWith('ISSUED'),
      used: rowsWith('USED'),
      lapsed: rowsWith('CANCELLED', 'EXPIRED'),
      revoked: rowsWith('REVOKED'),
      pending: live?.backlog ?? 0,
      deadLetters: live?.deadLetters ?? 0,
      givenUp: Number(counts?.resolved ?? 0),
    },
    faceValue: coupon.discountType === 'FIXED' || sum(byStatus, 'fixedRows') > 0 ? faceValueOf(byStatus) : null,
    firstIssuedAt: times?.first ?? null,
    lastIssuedAt: times?.last ?? null,
    peakPerSecond: times ? await readPeak(database, coupon.id, wholeSecond(times.first)) : 0,
    delayMs: times && { mean: times.delayMeanMs, max: times.delayMaxMs },
    rate: times && (await readRate(stores, coupon.id, times.first, times.last)),
    refusals,
  };
}

export interface PeriodReport {
  readonly from: Date;
  /** Not within it. */
  readonly to: Date;
  readonly coupons: readonly PeriodTotal[];
}

export async function readPeriodReport({ database }: ReadStores, from: Date, to: Date): Promise<PeriodReport> {
  return { from, to, coupons: await readPeriod(database, from, to) };
}

function sum(totals: readonly StatusTotal[], field: 'rows' | 'fixedRows' | 'faceValue', statuses?: string[]): number {
  return totals.reduce((all, total) => (!statuses || statuses.includes(total.status) ? all + total[field] : all), 0);
}

function faceValueOf(totals: readonly StatusTotal[]): FaceValue {
  const of = (...statuses: string[]) => sum(totals, 'faceValue', statuses);
  return { issued: sum(totals, 'faceValue'), open: of('ISSUED'), used: of('USED'), revoked: of('REVOKED') };
}

async function readRate({ database }: ReadStores, couponId: number, first: Date, last: Date): Promise<Rate> {
  const from = wholeSecond(first);
  const spanSeconds = Math.floor((last.getTime() - from.getTime()) / 1000) + 1;
  const stepSeconds =
    STEP_SECONDS.find((step) => spanSeconds / step <= STEPS_MAX) ?? Math.ceil(spanSeconds / STEPS_MAX);
  const steps = await countByStep(database, couponId, from, stepSeconds);
  // Rows may have come since the last one was looked for.
  const length = Math.min(STEPS_MAX, Math.max(0, ...steps.keys()) + 1);
  return { from, stepSeconds, counts: Array.from({ length }, (_, step) => steps.get(step) ?? 0) };
}

const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);
