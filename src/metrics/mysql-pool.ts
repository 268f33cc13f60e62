// The MySQL connections of our own pools.
import type { Combine, MetricsRegistry } from './registry.ts';

/**
 * `reads` and `issuing` (does a coupon exist): HTTP workers. `inserts`: the persister's insert threads. `gate`:
 * rebuilds. `watch`: verify and metrics.
 */
export type MysqlPoolName = 'reads' | 'issuing' | 'inserts' | 'gate' | 'watch';

export interface MysqlPoolFigures {
  readonly limit: number;
  readonly inUse: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** Of one pool. */
export interface MysqlPoolWatch {
  watch(read: () => MysqlPoolFigures): void;
}

export class MysqlPoolMetrics {
  readonly #pools = new Map<MysqlPoolName, () => MysqlPoolFigures>();

  constructor(registry: MetricsRegistry) {
    const gauge = (name: string, help: string, of: (figures: MysqlPoolFigures) => number, combine: Combine = 'sum') =>
      registry.readGauge({ name, help, labels: ['pool'], combine }, () =>
        [...this.#pools].map(([pool, read]) => ({ labels: { pool }, value: of(read()) })),
      );
    gauge('mysql_pool_connections_in_use', 'MySQL connections of a pool that work.', ({ inUse }) => inUse);
    gauge('mysql_pool_connections_limit', 'MySQL connections that a pool may have.', ({ limit }) => limit);
    gauge('mysql_pool_waiting', 'Calls that wait for a MySQL connection of a pool.', ({ waiting }) => waiting);
    gauge(
      'mysql_pool_busiest_ratio',
      'Share of the MySQL connections of a pool that work, in the process where it is largest.',
      ({ inUse, limit }) => inUse / limit,
      'max',
    );
  }

  named(name: MysqlPoolName): MysqlPoolWatch {
    return { watch: (read) => void this.#pools.set(name, read) };
  }
}
