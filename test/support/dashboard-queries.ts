// The panels and queries of our dashboards, as a test asks them of Prometheus.
import type { Dataquery as AnyQuery } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

export function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.flatMap((panel) => ('targets' in panel ? [panel as Panel] : []));
}

export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  /** With the variables of Grafana replaced: all servers, all coupons. */
  readonly expression: string;
}

export function queriesOf(dashboard: Dashboard): PanelQuery[] {
  return panelsOf(dashboard).flatMap((panel) =>
    (panel.targets ?? []).map((target: AnyQuery) => ({
      dashboard: dashboard.title ?? '',
      panel: panel.title ?? '',
      expression: (target as Dataquery).expr
        .replaceAll('$__rate_interval', '15s')
        .replaceAll('$instance', '.+')
        .replaceAll('$coupon', '.+'),
    })),
  );
}
