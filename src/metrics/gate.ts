// The gate: whether Redis may decide, and how far a rebuild is.
import { readCounter, readGauge, value } from './registry.ts';

export const gateStates = ['open', 'shut', 'rebuilding'] as const;

export interface GateFigures {
  readonly state: (typeof gateStates)[number];
  readonly progress: { readonly rows: number; readonly rowsTotal: number } | null;
  readonly rebuilds: number;
  readonly missingFound: number;
}

let gate: (() => GateFigures) | null = null;

export function watchGate(read: () => GateFigures): void {
  gate = read;
}

readGauge(
  {
    name: 'gate_state',
    help: '1 for the state that the gate is in: open, shut (nothing is decided), rebuilding.',
    labels: ['state'],
    combine: 'one',
  },
  () => {
    if (!gate) return [];
    const figures = gate();
    return gateStates.map((state) => ({ labels: { state }, value: figures.state === state ? 1 : 0 }));
  },
);
readGauge(
  {
    name: 'gate_rebuild_progress_ratio',
    help: 'Part of the rows of the coupon that is being rebuilt which are read; 1 where nothing is rebuilt.',
    combine: 'one',
  },
  () => {
    if (!gate) return [];
    const { progress } = gate();
    return value(progress && progress.rowsTotal > 0 ? Math.min(1, progress.rows / progress.rowsTotal) : 1);
  },
);
readCounter({ name: 'gate_rebuilds_total', help: 'Coupons that were rebuilt in Redis.' }, () =>
  gate ? value(gate().rebuilds) : [],
);
readCounter(
  {
    name: 'gate_missing_grants_total',
    help: 'Grants that were found in no outbox and no row: the outbox was trimmed, or MySQL was set back. A rebuild brings them back.',
  },
  () => (gate ? value(gate().missingFound) : []),
);
