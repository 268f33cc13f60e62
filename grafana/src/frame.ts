// What all dashboards have in common: variables, annotations, links to each other.
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { CONSOLE_VARIABLE, consoleUrl, DATASOURCE_VARIABLE, datasource } from './panels.ts';

const TAG = 'couponrush';

function variable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NumericalDesc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: 'All', value: '$__all' });
}

/** Grafana's default one, until the viewer chooses. */
function dataSource(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder(DATASOURCE_VARIABLE)
    .label('Data source')
    .type(datasource.type)
    .current({ selected: true, text: 'default', value: 'default' });
}

/** A text, because each viewer may reach it by another address. */
function consoleAddress(): TextBoxVariableBuilder {
  const local = 'http://127.0.0.1:8081';
  return new TextBoxVariableBuilder(CONSOLE_VARIABLE)
    .label('Console')
    .description('Base of the admin API, which serves the console')
    .defaultValue(local)
    .current({ selected: true, text: local, value: local });
}

function annotation(name: string, color: string, expression: string, title: string, text: string) {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(color)
    .expr(expression)
    .titleFormat(title)
    .textFormat(text)
    .step('5s');
}

/** Every alert that fires, and every start of a server, which is when a deploy took effect. */
export const ANNOTATIONS = {
  alerts: 'ALERTS{alertstate="firing", alertname=~"Couponrush.+"}',
  deploys: 'time() - couponrush_process_start_time_seconds{process="primary", instance=~"$instance"} < 15',
} as const;

export interface Frame {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** How far it looks back. */
  readonly from: string;
  readonly refresh: string;
}

export function frame({ uid, title, description, from, refresh }: Frame): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from, to: 'now' })
    .refresh(refresh)
    .withVariable(dataSource())
    .withVariable(variable('instance', 'Server', 'label_values(up{job="couponrush"}, instance)'))
    .withVariable(variable('coupon', 'Coupon', 'label_values(couponrush_coupon_stock, coupon)'))
    .withVariable(consoleAddress())
    .annotation(annotation('Alerts', 'red', ANNOTATIONS.alerts, '{{alertname}}', '{{severity}} {{coupon}} {{worker}}'))
    .annotation(annotation('Starts', 'blue', ANNOTATIONS.deploys, 'couponrush started', '{{instance}}'))
    .link(
      new DashboardLinkBuilder('couponrush')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    )
    .link(
      new DashboardLinkBuilder('Console')
        .type(DashboardLinkType.Link)
        .icon('external link')
        .tooltip('Open, pause, restock and prove coupons')
        .url(`${consoleUrl}/`)
        .targetBlank(true),
    );
}
