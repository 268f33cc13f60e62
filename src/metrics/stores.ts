// Redis and MySQL as servers, as the persister sees them: whether they answer, how full they are, what their clocks
// say. If several servers share them, each reports this: use the largest value, never the sum.
import { type MetricsRegistry, type Sample, value } from './registry.ts';

export type Store = 'redis' | 'mysql';

export interface StoreFigures {
  /** It answers, and can be written to. */
  readonly up: boolean;
  /** Null while it is unreachable. */
  readonly clients: number | null;
  readonly clientsLimit: number | null;
  /** Its clock before ours, negative behind. */
  readonly skewMs: number | null;
}

export interface RedisMemory {
  readonly usedBytes: number;
  /** 0: without a limit. */
  readonly limitBytes: number;
}

export class StoreMetrics {
  readonly #stores = new Map<Store, StoreFigures>();
  #memory: RedisMemory | null = null;

  constructor(registry: MetricsRegistry) {
    this.#declareStores(registry);
    this.#declareMemory(registry);
  }

  showStore(store: Store, figures: StoreFigures): void {
    this.#stores.set(store, figures);
  }

  showRedisMemory(figures: RedisMemory): void {
    this.#memory = figures;
  }

  #declareStores(registry: MetricsRegistry): void {
    const gauge = (name: string, help: string, of: (figures: StoreFigures) => number | null) =>
      registry.readGauge({ name, help, labels: ['store'], combine: 'one' }, () =>
        [...this.#stores].flatMap(([store, figures]): Sample<'store'>[] => {
          const number = of(figures);
          return number === null ? [] : [{ labels: { store }, value: number }];
        }),
      );
    gauge('store_up', '1 while the store answers the persister, and MySQL takes writes.', ({ up }) => (up ? 1 : 0));
    gauge('store_clients', 'Connections that the store has, from everywhere.', ({ clients }) => clients);
    gauge('store_clients_limit', 'Connections that the store accepts.', ({ clientsLimit }) => clientsLimit);
    gauge(
      'store_clock_skew_seconds',
      'Clock of the store minus our own, within the time of one question.',
      ({ skewMs }) => (skewMs === null ? null : skewMs / 1000),
    );
  }

  #declareMemory(registry: MetricsRegistry): void {
    registry.readGauge({ name: 'redis_memory_bytes', help: 'Memory that Redis uses.', combine: 'one' }, () =>
      this.#memory ? value(this.#memory.usedBytes) : [],
    );
    registry.readGauge(
      {
        name: 'redis_memory_limit_bytes',
        help: 'The maxmemory of Redis, at which it refuses writes; missing where there is no limit.',
        combine: 'one',
      },
      () => (this.#memory && this.#memory.limitBytes > 0 ? value(this.#memory.limitBytes) : []),
    );
  }
}
