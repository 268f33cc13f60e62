// What will be created, in words and in the operator's zone, with what the server says of it; and then what was
// created.
import { useState } from 'preact/hooks';
import type { NewCoupon } from '../../api-types.ts';
import { useLoad } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { discountOf } from '../../parts/coupon.tsx';
import { ErrorNotice, Loading, Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { linkTo } from '../../route.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import { type Checked, check, createAll, isUncertain, type Result } from './creation.ts';
import type { Planned } from './draft.ts';
import { PlanTable } from './plan-table.tsx';
import { Remarks } from './remarks.tsx';

interface SummaryProps {
  readonly planned: readonly Planned[];
  readonly onBack: () => void;
  readonly onAgain: () => void;
}

export function Summary({ planned, onBack, onAgain }: SummaryProps) {
  const coupons = planned.map(({ coupon }) => coupon);
  const checked = useLoad((signal) => check(coupons, signal), []);
  const [results, setResults] = useState<readonly Result[]>([]);
  const [busy, setBusy] = useState(false);
  const create = async () => {
    setBusy(true);
    await createAll(coupons, results, setResults);
    setBusy(false);
  };
  const created = results.filter(({ state }) => state === 'created').length;
  const refused = checked.data?.filter(({ error }) => error !== null).length ?? 0;
  const [only] = planned;
  return (
    <Panel
      title={planned.length === 1 ? t('create.summaryOne') : t('create.summaryMany', { count: planned.length })}
      aside={t('create.inZone', { zone: show.zone() })}
    >
      {planned.length === 1 && only ? (
        <One planned={only} checked={checked.data?.[0]} />
      ) : (
        <>
          <p class="sentences-name">{seriesSentence(coupons)}</p>
          {coupons[0]?.rehearsal ? <p>{t('create.rehearsal')}</p> : null}
          <PlanTable planned={planned} checked={checked.data} results={results} />
        </>
      )}
      {checked.loading && !checked.data ? <p class="muted">{t('create.checking')}</p> : null}
      <ErrorNotice error={checked.error} onRetry={checked.reload} />
      {refused > 0 ? (
        <Notice tone="bad" title={t('create.refused', { count: refused, total: planned.length })} />
      ) : null}
      <Progress results={results} total={planned.length} busy={busy} />
      {created === planned.length ? (
        <WhereNext results={results} onAgain={onAgain} />
      ) : (
        <div class="dialog-buttons">
          {created === 0 && !busy ? <Button onPress={onBack}>{t('create.back')}</Button> : null}
          <Button
            kind="main"
            busy={busy || (checked.loading && !checked.data)}
            unless={
              checked.data === undefined
                ? t('create.unchecked')
                : refused > 0 && created === 0
                  ? t('create.refused', { count: refused, total: planned.length })
                  : null
            }
            onPress={() => void create()}
          >
            {busy ? t('create.doing', { done: created, total: planned.length }) : verbOf(planned.length, created)}
          </Button>
        </div>
      )}
    </Panel>
  );
}

/** Everything is created. Of one coupon, its page is what comes next. */
function WhereNext({ results, onAgain }: { readonly results: readonly Result[]; readonly onAgain: () => void }) {
  const [first] = results;
  const made = results.length === 1 && first?.state === 'created' ? first.id : null;
  return (
    <div class="dialog-buttons">
      <Button onPress={onAgain}>{t('create.again')}</Button>
      <a class={made === null ? 'button main' : 'button'} href={linkTo('events')}>
        {t('create.toEvents')}
      </a>
      {made === null ? null : (
        <a class="button main" href={linkTo('rush', { couponId: made })}>
          {t('create.toCoupon', { id: String(made) })}
        </a>
      )}
    </div>
  );
}

function verbOf(total: number, created: number): string {
  if (created > 0) return t('create.doRest', { count: total - created });
  return total === 1 ? t('create.doOne') : t('create.doMany', { count: total });
}

function One({ planned, checked }: { readonly planned: Planned; readonly checked: Checked | undefined }) {
  return (
    <div class="sentences">
      <p class="sentences-name">{planned.coupon.name}</p>
      {sentencesOf(planned.coupon).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <Remarks planned={planned} checked={checked} />
    </div>
  );
}

/** The plan of a series in a line: from when to when, how many each and in all. */
function seriesSentence(coupons: readonly NewCoupon[]): string {
  const [first, last] = [coupons[0], coupons.at(-1)];
  return t('create.seriesText', {
    first: first?.opensAt ? show.day(first.opensAt) : '',
    last: last?.opensAt ? show.day(last.opensAt) : '',
    each: first?.totalStock ?? 0,
    total: coupons.reduce((sum, { totalStock }) => sum + totalStock, 0),
    discount: first ? discountOf(first) : '',
  });
}

function sentencesOf(coupon: NewCoupon): readonly string[] {
  const { opensAt, closesAt, expiresAt, openNow, preload, totalStock, rehearsal } = coupon;
  const opens = openNow
    ? t('create.opensNow')
    : opensAt
      ? t('create.opensAt', { time: show.day(opensAt), distance: show.distance(opensAt) })
      : t('create.opensLater');
  return [
    t('create.sentence', { stock: totalStock, discount: discountOf(coupon) }),
    opens,
    closesAt ? t('create.closesAt', { time: show.day(closesAt) }) : t('create.closesNever'),
    expiresAt ? t('create.expiresAt', { time: show.day(expiresAt) }) : t('create.expiresNever'),
    ...(openNow ? [] : preload ? [t('create.loads')] : opensAt ? [t('create.loadsItself')] : []),
    ...(rehearsal ? [t('create.rehearsal')] : []),
  ];
}

interface ProgressProps {
  readonly results: readonly Result[];
  readonly total: number;
  readonly busy: boolean;
}

function Progress({ results, total, busy }: ProgressProps) {
  const created = results.filter(({ state }) => state === 'created').length;
  const failed = results.find((result) => result.state === 'failed');
  const [first] = results;
  if (busy && created === 0) return <Loading lines={1} />;
  if (created === total) {
    return (
      <Notice tone="good" title={total === 1 ? t('create.doneOne') : t('create.doneMany', { count: total })}>
        {total === 1 && first?.state === 'created' ? (
          <a href={linkTo('rush', { couponId: first.id })}>{t('create.created', { id: first.id })}</a>
        ) : null}
      </Notice>
    );
  }
  if (busy || !failed) return null;
  return (
    <>
      {total > 1 ? <Notice tone="note" title={t('create.stopped', { done: created, total })} /> : null}
      <ErrorNotice error={failed.error} />
      {isUncertain(failed) ? <Notice tone="note" title={t('create.unknown')} /> : null}
    </>
  );
}
