// The gate: whether Redis may decide, and how far a rebuild is.
import { type MetricsRegistry, value } from './registry.ts';

export const gateStates = ['open', 'shut', 'rebuilding'] as const;

export interface GateFigures {
  readonly state: (typeof gateStates)[number];
  readonly progress: { readonly rows: number; readonly rowsTotal: number } | null;
  readonly rebuilds: number;
  readonly missingFound: number;
}

export class GateMetrics {
  #gate: (() => GateFigures) | null = null;

  constructor(registry: MetricsRegistry) {
    registry.readGauge(
      {
        name: 'gate_state',
        help: '1 for the state that the gate is in: open, shut (nothing is decided), rebuilding.',
        labels: ['state'],
        combine: 'one',
      },
      () => {
        if (!this.#gate) return [];
        const figures = this.#gate();
        return gateStates.map((state) => ({ labels: { state }, value: figures.state === state ? 1 : 0 }));
      },
    );
    registry.readGauge(
      {
        name: 'gate_rebuild_progress_ratio',
        help: 'Part of the rows of the coupon that is being rebuilt which are read; 1 where nothing is rebuilt.',
        combine: 'one',
      },
      () => {
        if (!this.#gate) return [];
        const { progress } = this.#gate();
        return value(progress && progress.rowsTotal > 0 ? Math.min(1, progress.rows / progress.rowsTotal) : 1);
      },
    );
    registry.readCounter({ name: 'gate_rebuilds_total', help: 'Coupons that were rebuilt in Redis.' }, () =>
      this.#gate ? value(this.#gate().rebuilds) : [],
    );
    registry.readCounter(
      {
        name: 'gate_missing_grants_total',
        help:
          'Grants that were found in no outbox and no row: the outbox ' +
          'was trimmed, or MySQL was set back. A rebuild brings them back.',
      },
      () => (this.#gate ? value(this.#gate().missingFound) : []),
    );
  }

  watchGate(read: () => GateFigures): void {
    this.#gate = read;
  }
}
