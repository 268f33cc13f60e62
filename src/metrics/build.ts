// Which release runs here, on which Node: an info metric, to be joined or shown beside a change in other figures.
import { version } from '../project.ts';
import type { MetricsRegistry } from './registry.ts';

export class BuildMetrics {
  #shown = false;

  constructor(registry: MetricsRegistry) {
    registry.readGauge(
      {
        name: 'build_info',
        help: 'Version of couponrush and of Node as labels; the value is always 1.',
        labels: ['version', 'node'],
        combine: 'one',
      },
      () => (this.#shown ? [{ labels: { version, node: process.versions.node }, value: 1 }] : []),
    );
  }

  /** In the primary only: all processes of a server run the same release. */
  showBuild(): void {
    this.#shown = true;
  }
}
