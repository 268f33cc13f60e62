// Every family there is, whichever process has it: what docs/metrics.md shows, and what dashboards and alerts may name.
import './batches.ts';
import './build.ts';
import './coupons.ts';
import './dead-letters.ts';
import './decisions.ts';
import './gate.ts';
import './host.ts';
import './inserts.ts';
import './mysql-pool.ts';
import './outbox.ts';
import './process.ts';
import './redis-commands.ts';
import './redis-pool.ts';
import './requests.ts';
import './settings.ts';
import './sheds.ts';
import './stores.ts';
import './verify.ts';
import './workers.ts';
import { registry } from './registry.ts';

export interface FamilyDescription {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** In the order of their names. */
export function describeFamilies(): FamilyDescription[] {
  return registry
    .getMetricsAsArray()
    .map((metric) => {
      const { name, help, type, labelNames } = metric as unknown as Omit<FamilyDescription, 'labels'> & {
        labelNames: readonly string[];
      };
      return { name, help, type, labels: labelNames };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
