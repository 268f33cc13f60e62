// What an event came to: its figures, its proof, who was issued a coupon, what is left to do, and who did what.
import { useState } from 'preact/hooks';
import { call } from '../api.ts';
import { useLoad } from '../load.ts';
import { Button } from '../parts/button.tsx';
import { Copy } from '../parts/copy.tsx';
import { nameOf, PhaseBadge } from '../parts/coupon.tsx';
import { Empty, ErrorNotice, Loading } from '../parts/notice.tsx';
import { PageHead, Panel } from '../parts/panel.tsx';
import { Time } from '../parts/time.tsx';
import type { PageProps } from '../route.ts';
import { linkTo } from '../route.ts';
import { t, textOf } from '../texts.ts';
import { Audit } from './after/audit.tsx';
import { DeadLetters } from './after/dead-letters.tsx';
import { type Close, ClosedNotice, EndButton } from './after/end.tsx';
import { type Report, reportCsv } from './after/figures.ts';
import { RevokeList } from './after/revoke-list.tsx';
import { Running } from './after/running.tsx';
import { Refusals, Speed, Totals } from './after/summary.tsx';
import { LONG_MS, Proof } from './after/verification.tsx';
import { Winners } from './after/winners.tsx';

export function After({ params, query }: PageProps) {
  const couponId = Number(params.couponId);
  const [moved, setMoved] = useState(0);
  const [close, setClose] = useState<Close | null>(null);
  const coupon = useLoad((signal) => call('readCoupon', { path: { couponId }, signal }), [couponId, moved]);
  const known = coupon.data;
  const isDraft = known?.state === 'DRAFT';
  const report = useLoad(
    known && !isDraft ? (signal) => call('readReport', { path: { couponId }, signal, withinMs: LONG_MS }) : null,
    [couponId, moved, known !== undefined && !isDraft],
  );
  const onMoved = () => setMoved((count) => count + 1);
  if (!known) {
    return (
      <>
        <PageHead title={t('after.title')} />
        {coupon.error ? <ErrorNotice error={coupon.error} onRetry={coupon.reload} /> : <Loading />}
        <p>
          <a href={linkTo('events')}>{t('frame.toEvents')}</a>
        </p>
      </>
    );
  }
  return (
    <>
      <PageHead
        title={nameOf(known)}
        actions={
          <>
            <Copy />
            <Button busy={report.loading} onPress={onMoved}>
              {t('after.refresh')}
            </Button>
            {report.data ? <Files report={report.data} /> : null}
            <EndButton coupon={known} onMoved={onMoved} onClosed={setClose} />
          </>
        }
      >
        <span>{t('after.coupon', { id: String(couponId) })}</span>
        <PhaseBadge coupon={known} />
        <a href={linkTo('rush', { couponId })}>{t('after.toRush')}</a>
        {report.data ? (
          <span>
            {t('after.asOf')} <Time at={report.data.at} precision="second" />
          </span>
        ) : null}
      </PageHead>
      <ErrorNotice error={coupon.error} onRetry={coupon.reload} />
      {close ? <ClosedNotice close={close} /> : null}
      {isDraft ? (
        <Panel title={t('after.title')}>
          <Empty title={t('after.draft')}>{t('after.draftText')}</Empty>
        </Panel>
      ) : (
        <>
          <Body couponId={couponId} report={report} />
          <DeadLetters couponId={couponId} moved={moved} onChanged={onMoved} />
          <Winners couponId={couponId} query={query} moved={moved} />
          <RevokeList couponId={couponId} onChanged={onMoved} />
        </>
      )}
      <Audit couponId={couponId} moved={moved} />
    </>
  );
}

function Body({ couponId, report }: { couponId: number; report: ReturnType<typeof useLoad<Report>> }) {
  const { data, error, loading, reload } = report;
  return (
    <>
      <ErrorNotice error={error} onRetry={reload} />
      {loading && !data ? <Running text={t('after.reading')} /> : null}
      {data ? (
        <>
          <Totals report={data} />
          <div class="after-halves">
            <Speed report={data} />
            <Refusals report={data} />
          </div>
        </>
      ) : null}
      {data || error ? <Proof couponId={couponId} reported={data?.verification} reportedAt={data?.at} /> : null}
    </>
  );
}

/** The report as files: made of what is shown, so the coupon is not compared again. */
function Files({ report }: { readonly report: Report }) {
  const name = `report-${report.coupon.id}`;
  const label = (key: string) => textOf(`after.figure-${key}`, key);
  return (
    <>
      <Button onPress={() => save(`${name}.csv`, 'text/csv;charset=utf-8', reportCsv(report, label))}>CSV</Button>
      <Button onPress={() => save(`${name}.json`, 'application/json', JSON.stringify(report, null, 2))}>JSON</Button>
      <Button onPress={() => print()}>{t('after.print')}</Button>
    </>
  );
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
