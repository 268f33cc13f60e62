// The Redis connections that decisions and reads go over. A connection carries many commands at once, so "in use" says
// that at least one is under way, and the expected wait says whether that hurts.
import { type MetricsRegistry, type Sample, value } from './registry.ts';

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

/** Of one pool. */
export interface RedisPoolWatch {
  watch(read: () => RedisPoolFigures): void;
}

export interface ExpectedWait {
  readonly expectedMs: number;
  /** Beyond it, requests are shed. */
  readonly limitMs: number;
}

export class RedisPoolMetrics {
  readonly #pools = new Map<RedisPoolName, () => RedisPoolFigures>();
  #wait: (() => ExpectedWait) | null = null;

  constructor(registry: MetricsRegistry) {
    this.#declareConnections(registry);
    this.#declareWait(registry);
  }

  named(name: RedisPoolName): RedisPoolWatch {
    return { watch: (read) => void this.#pools.set(name, read) };
  }

  watchExpectedWait(read: () => ExpectedWait): void {
    this.#wait = read;
  }

  #declareConnections(registry: MetricsRegistry): void {
    const pools = this.#pools;
    const each = (of: (figures: RedisPoolFigures) => number) => (): Sample<'pool'>[] =>
      [...pools].map(([pool, read]) => ({ labels: { pool }, value: of(read()) }));
    registry.readGauge(
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
    registry.readGauge(
      {
        name: 'redis_pool_connections_in_use',
        help: 'Redis connections of a pool with a command under way.',
        labels: ['pool'],
        combine: 'sum',
      },
      each(({ inUse }) => inUse),
    );
    registry.readGauge(
      { name: 'redis_pool_connections_limit', help: 'Redis connections of a pool.', labels: ['pool'], combine: 'sum' },
      each(({ limit }) => limit),
    );
    registry.readGauge(
      {
        name: 'redis_pool_busiest_ratio',
        help: 'Share of the connections of a pool with a command under way, in the process where it is largest.',
        labels: ['pool'],
        combine: 'max',
      },
      each(({ inUse, limit }) => inUse / limit),
    );
  }

  #declareWait(registry: MetricsRegistry): void {
    registry.readGauge(
      {
        name: 'redis_pool_expected_wait_seconds',
        help: 'Time that a request which arrives now will wait for a Redis connection.',
        combine: 'max',
      },
      () => (this.#wait ? value(this.#wait().expectedMs / 1000) : []),
    );
    registry.readGauge(
      {
        name: 'redis_pool_expected_wait_limit_seconds',
        help: 'Expected wait beyond which requests are shed.',
        combine: 'max',
      },
      () => (this.#wait ? value(this.#wait().limitMs / 1000) : []),
    );
  }
}
