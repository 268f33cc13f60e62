// The event in figures: totals, what it is worth, how fast, and who was refused.

import { Figure } from '../../parts/figure.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { show } from '../../show.ts';
import { t, textOf } from '../../texts.ts';
import { type FigureName, figureNames, figureOf, type Report, refusalsOf } from './figures.ts';
import { RateChart } from './rate-chart.tsx';

const BAD: readonly FigureName[] = ['deadLetters'];
const NOTED: readonly FigureName[] = ['pending'];

export function Totals({ report }: { readonly report: Report }) {
  const { totals, coupon, faceValue } = report;
  const tone = (name: FigureName) => {
    if (figureOf(report, name) === 0) return undefined;
    if (BAD.includes(name)) return 'bad';
    return NOTED.includes(name) ? 'note' : undefined;
  };
  return (
    <Panel title={t('after.totals')}>
      <div class="after-lead">
        <Figure
          size="huge"
          label={t('after.figure-issued')}
          value={show.number(totals.issued)}
          unit={t('after.ofStock', { stock: coupon.totalStock })}
          note={coupon.totalStock > 0 ? show.percent(totals.issued / coupon.totalStock) : undefined}
        />
        <div class="figures">
          {figureNames.slice(2).map((name) => (
            <Figure
              key={name}
              label={t(`after.figure-${name}`)}
              value={show.number(figureOf(report, name))}
              tone={tone(name)}
            />
          ))}
        </div>
      </div>
      {totals.pending > 0 ? <p class="muted">{t('after.pendingText')}</p> : null}
      {faceValue ? (
        <div class="after-part">
          <h3>{t('after.faceValue')}</h3>
          <div class="figures">
            {(['issued', 'open', 'used', 'revoked'] as const).map((name) => (
              <Figure key={name} label={t(`after.figure-${name}`)} value={show.number(faceValue[name])} />
            ))}
          </div>
          <p class="muted">{t('after.faceValueText')}</p>
        </div>
      ) : null}
    </Panel>
  );
}

export function Speed({ report }: { readonly report: Report }) {
  const { rate, delayMs, peakPerSecond, firstIssuedAt, lastIssuedAt } = report;
  return (
    <Panel title={t('after.speed')}>
      {rate === null ? (
        <Empty title={t('after.nothingIssued')} />
      ) : (
        <>
          <RateChart rate={rate} />
          <div class="figures">
            <Figure label={t('after.figure-peak')} value={show.number(peakPerSecond)} unit={t('after.perSecond')} />
            <Figure label={t('after.figure-delayMean')} value={show.ms(delayMs?.mean)} />
            <Figure label={t('after.figure-delayMax')} value={show.ms(delayMs?.max)} />
          </div>
          <dl class="pairs">
            <dt>{t('after.figure-first')}</dt>
            <dd>
              <Time at={firstIssuedAt} precision="millisecond" />
            </dd>
            <dt>{t('after.figure-last')}</dt>
            <dd>
              <Time at={lastIssuedAt} precision="millisecond" />
            </dd>
          </dl>
        </>
      )}
    </Panel>
  );
}

export function Refusals({ report }: { readonly report: Report }) {
  const { refusals } = report;
  const rows = refusalsOf(report).filter(({ count }) => count > 0);
  const byWorkers = Object.entries(refusals?.answeredByWorkers ?? {}).filter(([, count]) => count > 0);
  return (
    <Panel title={t('after.refusals')}>
      <p class="muted">{t('after.refusalsText')}</p>
      {refusals === null ? (
        <Empty title={t('after.refusalsUnknown')}>{t('after.refusalsUnknownText')}</Empty>
      ) : (
        <Table
          label={t('after.refusals')}
          rows={rows}
          rowKey={({ kind }) => kind}
          empty={<Empty title={t('after.noRefusals')} />}
          columns={[
            {
              name: 'kind',
              title: t('after.kind'),
              kind: 'wide',
              cell: ({ kind }) => textOf(`after.figure-refused-${kind}`, kind.replaceAll('_', ' ')),
            },
            { name: 'count', title: t('after.times'), kind: 'digits', cell: ({ count }) => show.number(count) },
          ]}
        />
      )}
      {byWorkers.length > 0 ? (
        <p class="muted">
          {t('after.byWorkers')}{' '}
          {byWorkers
            .map(
              ([kind, count]) =>
                `${textOf(`after.figure-refused-${kind}`, kind.replaceAll('_', ' '))} ${show.number(count)}`,
            )
            .join(', ')}
        </p>
      ) : null}
    </Panel>
  );
}
