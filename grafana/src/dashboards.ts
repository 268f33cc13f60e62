// The dashboards by file name, and how they become JSON.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { processes } from './processes.ts';
import { rush } from './rush.ts';
import { stores } from './stores.ts';

export const dashboards: ReadonlyMap<string, Dashboard> = new Map([
  ['rush.json', rush()],
  ['stores.json', stores()],
  ['processes.json', processes()],
]);

/** As it is in grafana/dashboards/. */
export function toJson(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
