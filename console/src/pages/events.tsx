// What runs, what is next, what is over.
import { useEffect, useState } from 'preact/hooks';
import { changes, look } from '../live.ts';
import { useLoad, useRereading } from '../load.ts';
import { useLoadAfterMoves } from '../load-after-moves.ts';
import { replaceQuery } from '../location.ts';
import { TextField } from '../parts/field.tsx';
import { Empty, ErrorNotice, Loading, Notice } from '../parts/notice.tsx';
import { PageHead, Panel } from '../parts/panel.tsx';
import { linkTo, type PageProps } from '../route.ts';
import { may } from '../session-state.ts';
import { show } from '../show.ts';
import { t } from '../texts.ts';
import { CouponTable } from './events/coupon-table.tsx';
import { Finished } from './events/finished.tsx';
import { byOpening, isNext, isRunning, listUnfinished, missingFrom, searchCoupons, withLook } from './events/listed.ts';
import { Next } from './events/next.tsx';
import { Running } from './events/running.tsx';

const REREAD_MS = 10_000;
const TYPED_MS = 250;

export function Events({ query }: PageProps) {
  const text = query.get('q') ?? '';
  return (
    <>
      <PageHead
        title={t('events.title')}
        actions={
          may('createCoupon') ? (
            <a class="button main" href={linkTo('create')}>
              {t('events.create')}
            </a>
          ) : null
        }
      >
        {t('events.zone', { zone: show.zone() })}
      </PageHead>
      <Search text={text} />
      {text.trim() === '' ? <Lists /> : <Results text={text.trim()} />}
    </>
  );
}

function Search({ text }: { readonly text: string }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    // Nothing was typed: this page may be about to leave, and must not bring its own address back.
    if (typed === text) return;
    const timer = setTimeout(() => replaceQuery('events', typed.trim() === '' ? {} : { q: typed }), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <search class="events-search">
      <TextField
        label={t('events.search')}
        type="search"
        value={typed}
        placeholder={t('events.searchHint')}
        onInput={setTyped}
        maxLength={100}
      />
    </search>
  );
}

function Results({ text }: { readonly text: string }) {
  const found = useLoad((signal) => searchCoupons(text, signal), [text]);
  return (
    <Panel title={t('events.found', { text })}>
      <ErrorNotice error={found.error} onRetry={found.reload} />
      {found.data?.more ? <Notice tone="note" title={t('events.foundPart')} /> : null}
      {found.data?.withoutNames ? <Notice tone="note" title={t('events.namesAway')} /> : null}
      <CouponTable
        label={t('events.found', { text })}
        coupons={found.loading && found.data === undefined ? undefined : (found.data?.coupons ?? [])}
        empty={found.error ? null : <Empty title={t('events.notFound')}>{t('events.notFoundText')}</Empty>}
      />
    </Panel>
  );
}

function Lists() {
  // Figures come by the stream, so the list is read again only after a move.
  const unfinished = useLoadAfterMoves(listUnfinished, [], ({ whole }) => whole);
  const live = look.value?.coupons ?? [];
  const listed = unfinished.data?.coupons ?? [];
  const coupons = withLook([...listed, ...missingFrom(listed, live)], live);
  const isSeen = new Set(live.map(({ id }) => id));
  const hasUnseen = coupons.some((coupon) => isRunning(coupon) && !isSeen.has(coupon.id));
  // Otherwise nothing brings it up to date: the reading failed, or a coupon runs that no look has, because the stream
  // has the newest coupons only.
  useRereading(unfinished.reload, REREAD_MS, hasUnseen || unfinished.error !== null);
  if (unfinished.data === undefined && unfinished.loading) return <Loading lines={6} />;
  return (
    <>
      <ErrorNotice error={unfinished.error} onRetry={unfinished.reload} />
      {unfinished.data?.more ? <Notice tone="note" title={t('events.manyUnfinished')} /> : null}
      <Running coupons={coupons.filter(isRunning).sort((a, b) => b.id - a.id)} />
      <Next coupons={coupons.filter(isNext).sort(byOpening)} />
      <Finished revision={changes.value} />
    </>
  );
}
