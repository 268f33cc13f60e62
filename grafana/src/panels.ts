// How our panels look: a big number, and lines over time. Each has a help text that says what is well and what is not.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Whichever the dashboard's variable chooses, so that the dashboards load into a Grafana with data sources of its own. */
export const DATASOURCE_VARIABLE = 'datasource';
export const datasource = { type: 'prometheus', uid: `\${${DATASOURCE_VARIABLE}}` } as const;

export type Unit = 'short' | 's' | 'percentunit' | 'reqps' | 'bytes' | 'ops' | 'rowsps';

export interface PanelSpec {
  readonly title: string;
  /** What it shows, what is well, and where to look if it is not. */
  readonly help: string;
  readonly unit: Unit;
  /** Expression and legend of each line. */
  readonly queries: readonly (readonly [expression: string, legend: string])[];
  /** Values from which the colour changes, ascending. */
  readonly thresholds?: Readonly<{ warn?: number; bad?: number }>;
  /** Colours the other way round: little is bad. */
  readonly low?: boolean;
  /** Of 24 columns. */
  readonly width: number;
  readonly decimals?: number;
  /** Each line is of one coupon: a click leads to it in the console. */
  readonly ofCoupons?: boolean;
}

export interface StatSpec extends PanelSpec {
  /** The legend is the message, not the number. */
  readonly nameOnly?: boolean;
  /** Shown where there is no data. */
  readonly noValue?: string;
}

export interface GraphSpec extends PanelSpec {
  readonly stacked?: boolean;
  readonly max?: number;
  /** What is below 0 is drawn as well. */
  readonly negative?: boolean;
}

/** Where the admin API serves the console, as the viewer's browser reaches it. */
export const CONSOLE_VARIABLE = 'console';
export const consoleUrl = `\${${CONSOLE_VARIABLE}:raw}`;

/**
 * With the name of each coupon as the label `name`. A coupon whose name is not known (MySQL has not answered yet) is
 * drawn without. One name for each coupon: while one is renamed, two servers may report two.
 */
export function named(expression: string): string {
  const names = 'topk by (coupon) (1, max by (coupon, name) (couponrush_coupon_info))';
  return `(${expression}) * on (coupon) group_left (name) ${names} or (${expression}) unless on (coupon) couponrush_coupon_info`;
}

function toConsole(): DashboardLinkBuilder {
  const url = `${consoleUrl}/#/coupons/\${__field.labels.coupon}`;
  return new DashboardLinkBuilder('In the console').type(DashboardLinkType.Link).url(url).targetBlank(true);
}

const STAT_HEIGHT = 4;
const GRAPH_HEIGHT = 8;

function queries(spec: PanelSpec): DataqueryBuilder[] {
  return spec.queries.map(([expression, legend], index) =>
    new DataqueryBuilder()
      .datasource(datasource)
      .expr(expression)
      .legendFormat(legend)
      .refId(String.fromCharCode('A'.charCodeAt(0) + index)),
  );
}

function thresholds({ thresholds: { warn, bad } = {}, low = false }: PanelSpec): ThresholdsConfigBuilder {
  const steps: { value: number | null; color: string }[] = [{ value: null, color: low ? 'red' : 'green' }];
  if (low && bad !== undefined) steps.push({ value: bad, color: 'orange' });
  if (warn !== undefined) steps.push({ value: warn, color: low ? 'green' : 'orange' });
  if (!low && bad !== undefined) steps.push({ value: bad, color: 'red' });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

/** One big number for each line. */
export function stat(spec: StatSpec): Builder<Panel> {
  const panel = new StatBuilder()
    .title(spec.title)
    .description(spec.help)
    .datasource(datasource)
    .targets(queries(spec))
    .unit(spec.unit)
    .thresholds(thresholds(spec))
    .noValue(spec.noValue ?? '-')
    .height(STAT_HEIGHT)
    .span(spec.width)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .graphMode(spec.nameOnly ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .colorMode(BigValueColorMode.Background)
    .textMode(spec.nameOnly ? BigValueTextMode.Name : BigValueTextMode.Auto);
  if (spec.ofCoupons) panel.dataLinks([toConsole()]);
  return spec.decimals === undefined ? panel : panel.decimals(spec.decimals);
}

/** Lines over time; thresholds are drawn as lines. */
export function graph(spec: GraphSpec): Builder<Panel> {
  const panel = new GraphBuilder()
    .title(spec.title)
    .description(spec.help)
    .datasource(datasource)
    .targets(queries(spec))
    .unit(spec.unit)
    .thresholds(thresholds(spec))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(
        spec.thresholds ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off,
      ),
    )
    .height(GRAPH_HEIGHT)
    .span(spec.width)
    .lineWidth(2)
    .fillOpacity(spec.stacked ? 40 : 8)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  if (spec.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (!spec.negative) panel.min(0);
  if (spec.max !== undefined) panel.max(spec.max);
  if (spec.ofCoupons) panel.dataLinks([toConsole()]);
  return spec.decimals === undefined ? panel : panel.decimals(spec.decimals);
}
