// Settings of Redis and MySQL without which a promise does not hold.
import type { MetricsRegistry } from './registry.ts';

export class SettingMetrics {
  #settings: ReadonlyMap<string, boolean> = new Map();

  constructor(registry: MetricsRegistry) {
    registry.readGauge(
      {
        name: 'unsafe_setting',
        help: '1 where a setting of Redis or MySQL breaks a promise, 0 where it is safe.',
        labels: ['setting'],
        combine: 'max',
      },
      () => [...this.#settings].map(([setting, unsafe]) => ({ labels: { setting }, value: unsafe ? 1 : 0 })),
    );
  }

  /** @param unsafe each setting that was checked, and whether it is unsafe */
  showSettings(unsafe: ReadonlyMap<string, boolean>): void {
    this.#settings = unsafe;
  }
}
