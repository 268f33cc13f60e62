// Which HTTP library serves the issue API here: an info metric, on which the alert about the slower one stands.
import type { MetricsRegistry } from './registry.ts';

export class EngineMetrics {
  #shown: { readonly engine: string; readonly chosen: string } | null = null;

  constructor(registry: MetricsRegistry) {
    registry.readGauge(
      {
        name: 'http_engine',
        help: 'Engine of the issue API as a label: uws, node; chosen: auto, setting. The value is always 1.',
        labels: ['engine', 'chosen'],
        combine: 'one',
      },
      () => (this.#shown ? [{ labels: this.#shown, value: 1 }] : []),
    );
  }

  /** In the primary only: all HTTP workers of a server run the same. */
  showEngine(engine: 'uws' | 'node', chosen: 'auto' | 'setting'): void {
    this.#shown = { engine, chosen };
  }
}
