// Every family there is, whichever process has it: what docs/metrics.md shows, and what dashboards and alerts may name.
import { createMetrics, familyNames } from './metrics.ts';

export interface FamilyDescription {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** In the order of their names. */
export function describeFamilies(): FamilyDescription[] {
  const metrics = createMetrics();
  for (const name of familyNames) void metrics[name];
  return metrics.registry
    .getMetricsAsArray()
    .map((metric) => {
      const { name, help, type, labelNames } = metric as unknown as Omit<FamilyDescription, 'labels'> & {
        labelNames: readonly string[];
      };
      return { name, help, type, labels: labelNames };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
