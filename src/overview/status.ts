// The whole system on one screen: coupons that are in Redis, whether it may decide, and which processes are there.
import type { Redis } from 'ioredis';
import { attempt, attemptOne } from '../coupons/store-attempt.ts';
import { readCouponIds } from '../ids.ts';
import { BRAKED_COUPONS, GATE_OWNER, LOADED_COUPONS, VERIFIED_RUN_ID } from '../redis/keys.ts';
import { runIdOf } from '../redis/verified-pool.ts';
import type { Database } from '../store/database.ts';
import { LOADED_STATES } from '../store/tables/coupons.ts';
import { countUnfinished } from '../store/tables/erased-users.ts';
import { readOverviews, type Standings } from './either-store.ts';
import { type CouponOverview, overviewJson } from './overview.ts';

/** `shut`: nothing is decided until this Redis was compared with MySQL. `unknown`: Redis does not answer. */
export type GateState = 'open' | 'rebuilding' | 'shut' | 'unknown';

export interface Status extends Standings {
  /** By Redis' clock, if it answers. */
  readonly atMs: number;
  readonly gate: GateState;
  /** null: Redis does not answer. */
  readonly redisMemoryBytes: number | null;
  /** Ids of coupons that are not loaded, and will be loaded paused; null: Redis does not answer. */
  readonly heldDrafts: readonly number[] | null;
  /** Titles of the processes that are connected to Redis, e.g. `http 1`, and how many there are of each. */
  readonly processes: Readonly<Record<string, number>>;
  /** Erasures of users that have begun and not ended; null: MySQL does not answer. */
  readonly unfinishedErasures: number | null;
  /** The newest that are in Redis. */
  readonly coupons: readonly CouponOverview[];
}

const COUPONS_MAX = 50;
const SERVER_WITHIN_MS = 1400;

export async function readStatus(redis: Redis, database: Pick<Database, 'query'>): Promise<Status> {
  const [server, unfinished, seen] = await Promise.all([
    attempt(readServer(redis), SERVER_WITHIN_MS),
    attempt(countUnfinished(database), SERVER_WITHIN_MS),
    readOverviews({ redis, database }, { states: LOADED_STATES, limit: COUPONS_MAX }),
  ]);
  const unfinishedErasures = unfinished ?? null;
  return {
    gate: 'unknown',
    redisMemoryBytes: null,
    heldDrafts: null,
    processes: {},
    ...server,
    unfinishedErasures,
    ...seen,
  };
}

export async function readServer(
  redis: Redis,
): Promise<Pick<Status, 'gate' | 'redisMemoryBytes' | 'heldDrafts' | 'processes'>> {
  const [gate, memory, heldDrafts, processes] = await Promise.all([
    readGate(redis),
    redis.info('memory'),
    readHeld(redis),
    readProcesses(redis),
  ]);
  return { gate, redisMemoryBytes: Number(/^used_memory:(\d+)/m.exec(memory)?.[1] ?? 0), heldDrafts, processes };
}

async function readHeld(redis: Redis): Promise<number[] | null> {
  const reading = Promise.all([redis.smembers(BRAKED_COUPONS), redis.smembers(LOADED_COUPONS)]);
  const { value } = await attemptOne(reading, SERVER_WITHIN_MS);
  if (value === null) return null;
  const [braked, loaded] = value;
  return readCouponIds(braked.filter((id) => !loaded.includes(id))).sort((a, b) => a - b);
}

export async function readGate(redis: Redis): Promise<GateState> {
  const [info, verified, owner] = await Promise.all([
    redis.info('server'),
    redis.get(VERIFIED_RUN_ID),
    redis.exists(GATE_OWNER),
  ]);
  if (verified !== null && verified === runIdOf(info)) return 'open';
  return owner === 1 ? 'rebuilding' : 'shut';
}

/** By the names of their connections: `couponrush-http-1-decisions-2`. Counts a title once for each host. */
async function readProcesses(redis: Redis): Promise<Record<string, number>> {
  const clients = (await redis.client('LIST')) as string;
  const hosts = new Map<string, Set<string>>();
  for (const [, address, title] of clients.matchAll(
    / addr=(\S+):\d+ .* name=couponrush-(http-\d+|persister|admin)(?:-\S*)? /g,
  )) {
    const name = (title as string).replace('-', ' ');
    hosts.set(name, (hosts.get(name) ?? new Set()).add(address as string));
  }
  return Object.fromEntries([...hosts].sort().map(([name, addresses]) => [name, addresses.size]));
}

/** Issued coupons a second between two looks, by coupon. */
export function ratesBetween(earlier: StatusJson, later: StatusJson): Map<number, number> {
  const seconds = (Date.parse(later.at) - Date.parse(earlier.at)) / 1000;
  const rates = new Map<number, number>();
  if (seconds <= 0) return rates;
  for (const { id, live } of later.coupons) {
    const before = earlier.coupons.find((other) => other.id === id)?.live;
    if (live && before) rates.set(id, Math.max(0, (live.sequence - before.sequence) / seconds));
  }
  return rates;
}

/** As the admin API and `--json` show it. */
export function statusJson(status: Status) {
  return {
    at: new Date(status.atMs).toISOString(),
    mysql: status.mysql,
    redis: status.redis,
    gate: status.gate,
    redisMemoryBytes: status.redisMemoryBytes,
    processes: status.processes,
    unfinishedErasures: status.unfinishedErasures,
    heldDrafts: status.heldDrafts,
    coupons: status.coupons.map((overview) => ({
      ...overviewJson(overview),
      issuedPerSecond: null as number | null,
    })),
  };
}

/** @param rates null: not known */
export function withRates(status: StatusJson, rates: ReadonlyMap<number, number> | null): StatusJson {
  const coupons = status.coupons.map((coupon) => ({ ...coupon, issuedPerSecond: rates?.get(coupon.id) ?? null }));
  return { ...status, coupons };
}

export type StatusJson = ReturnType<typeof statusJson>;
