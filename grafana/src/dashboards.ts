// The dashboards, and the JSON made of them: `npm run docs` writes it, and a test fails while it is not current.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { processes } from './processes.ts';
import { rush } from './rush.ts';
import { stores } from './stores.ts';

export const dashboards: readonly Dashboard[] = [rush(), stores(), processes()];

/** Path from the project's root, and content. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(
    dashboards.map((dashboard) => [
      `grafana/dashboards/${dashboard.title?.toLowerCase()}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  );
}
