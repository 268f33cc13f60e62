// Five minutes of the rush, a second a point. Answers and times are the server's, of all coupons; left and
// backlog are this coupon's.
import type { AuditRecord } from '../../api-types.ts';
import { samples } from '../../live.ts';
import { withGaps } from '../../live-look.ts';
import { Chart, type ChartSeries } from '../../parts/chart.tsx';
import { Panel } from '../../parts/panel.tsx';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import { byKind, type Kind, kinds } from './answer-kinds.ts';

const COLOURS: Readonly<Record<Kind, ChartSeries['colour']>> = {
  granted: 'good',
  soldOut: 'accent',
  already: 'second',
  refused: 'quiet',
  failed: 'bad',
};

interface ChartsProps {
  readonly couponId: number;
  readonly moves: readonly AuditRecord[];
}

export function Charts({ couponId, moves }: ChartsProps) {
  const points = withGaps(samples.value);
  const timesMs = points.map(({ at }) => Date.parse(at));
  const own = points.map(({ coupons }) => coupons[couponId] ?? null);
  const answers = points.map(({ answersPerSecond }) => byKind(answersPerSecond));
  const marks = moves.filter(({ result }) => result !== 'REFUSED').map(({ at }) => ({ atMs: Date.parse(at) }));
  const shared = { timesMs, marks };
  return (
    <div class="charts">
      <Panel title={t('rush.perSecond')} aside={t('rush.allCoupons')}>
        <Chart
          {...shared}
          label={t('rush.perSecond')}
          format={show.number}
          series={kinds.map((kind) => ({
            name: kind,
            label: t(`rush.kind-${kind}`),
            colour: COLOURS[kind],
            area: kind === 'granted',
            values: answers.map((each) => each?.[kind] ?? null),
          }))}
        />
      </Panel>
      <Panel title={t('rush.chartLatency')} aside={t('rush.allCoupons')}>
        <Chart
          {...shared}
          label={t('rush.chartLatency')}
          format={show.ms}
          series={[
            { name: 'p99', label: t('rush.p99'), colour: 'note', values: points.map(({ p99Ms }) => p99Ms) },
            { name: 'p50', label: t('rush.p50'), colour: 'accent', values: points.map(({ p50Ms }) => p50Ms) },
          ]}
        />
      </Panel>
      <Panel title={t('rush.chartLeft')}>
        <Chart
          {...shared}
          label={t('rush.chartLeft')}
          format={show.number}
          series={[
            {
              name: 'left',
              label: t('rush.left'),
              colour: 'accent',
              area: true,
              values: own.map((each) => each?.left ?? null),
            },
          ]}
        />
      </Panel>
      <Panel title={t('rush.chartBacklog')}>
        <Chart
          {...shared}
          label={t('rush.chartBacklog')}
          format={show.number}
          series={[
            {
              name: 'waiting',
              label: t('rush.backlog'),
              colour: 'note',
              area: true,
              values: own.map((each) => each?.waiting ?? null),
            },
          ]}
        />
      </Panel>
    </div>
  );
}
