// The Redis connections that decisions and reads go over. A connection carries many commands at once, so "in use" says
// that at least one is under way, and the expected wait says whether that hurts.
import { readGauge, type Sample, value } from './registry.ts';

export const poolNames = ['decisions', 'reads', 'changes'] as const;
export type RedisPoolName = (typeof poolNames)[number];

export interface RedisPoolFigures {
  readonly limit: number;
  readonly usable: number;
  readonly unverified: number;
  readonly away: number;
  /** Connections with a command under way. */
  readonly inUse: number;
}

const pools = new Map<RedisPoolName, () => RedisPoolFigures>();

export function watchRedisPool(name: RedisPoolName, read: () => RedisPoolFigures): void {
  pools.set(name, read);
}

readGauge(
  {
    name: 'redis_pool_connections',
    help: 'Redis connections by pool and state: usable, unverified (the gate is shut), away.',
    labels: ['pool', 'state'],
    combine: 'sum',
  },
  function* () {
    for (const [pool, read] of pools) {
      const figures = read();
      for (const state of ['usable', 'unverified', 'away'] as const) {
        yield { labels: { pool, state }, value: figures[state] };
      }
    }
  },
);

function each(of: (figures: RedisPoolFigures) => number): () => Sample<'pool'>[] {
  return () => [...pools].map(([pool, read]) => ({ labels: { pool }, value: of(read()) }));
}

readGauge(
  {
    name: 'redis_pool_connections_in_use',
    help: 'Redis connections of a pool with a command under way.',
    labels: ['pool'],
    combine: 'sum',
  },
  each(({ inUse }) => inUse),
);
readGauge(
  { name: 'redis_pool_connections_limit', help: 'Redis connections of a pool.', labels: ['pool'], combine: 'sum' },
  each(({ limit }) => limit),
);
readGauge(
  {
    name: 'redis_pool_busiest_ratio',
    help: 'Share of the connections of a pool with a command under way, in the process where it is largest.',
    labels: ['pool'],
    combine: 'max',
  },
  each(({ inUse, limit }) => inUse / limit),
);

export interface ExpectedWait {
  readonly expectedMs: number;
  /** Beyond it, requests are shed. */
  readonly limitMs: number;
}

let wait: (() => ExpectedWait) | null = null;

export function watchExpectedWait(read: () => ExpectedWait): void {
  wait = read;
}

readGauge(
  {
    name: 'redis_pool_expected_wait_seconds',
    help: 'Time that a request which arrives now will wait for a Redis connection.',
    combine: 'max',
  },
  () => (wait ? value(wait().expectedMs / 1000) : []),
);
readGauge(
  {
    name: 'redis_pool_expected_wait_limit_seconds',
    help: 'Expected wait beyond which requests are shed.',
    combine: 'max',
  },
  () => (wait ? value(wait().limitMs / 1000) : []),
);
