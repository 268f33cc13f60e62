// One coupon while it is issued: on this page an event is run.
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { call } from '../api.ts';
import type { AuditRecord, CouponOverview } from '../api-types.ts';
import { answering, changes, couponInLook, look } from '../live.ts';
import { useLoad } from '../load.ts';
import { Copy } from '../parts/copy.tsx';
import { discountOf, nameOf, PhaseBadge } from '../parts/coupon.tsx';
import { ErrorNotice, Loading, Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/panel.tsx';
import { linkTo, type PageProps } from '../route.ts';
import { may } from '../session-state.ts';
import { show } from '../show.ts';
import { t } from '../texts.ts';
import { Charts } from './rush/charts.tsx';
import { Hero, Terms } from './rush/hero.tsx';
import { Moves } from './rush/moves.tsx';
import { Alerts, Surroundings } from './rush/surroundings.tsx';
import { Timeline } from './rush/timeline.tsx';

const REREAD_MS = 5000;
const MOVES_SHOWN = 30;

export function Rush({ params }: PageProps) {
  const couponId = Number(params.couponId);
  const partial = useRef(false);
  const read = useLoad(
    (signal) => call('readCoupon', { path: { couponId }, signal }),
    [couponId, changes.value, partial.current ? answering.value : ''],
  );
  const { reload, replace } = read;
  partial.current = read.data !== undefined && (read.data.mysql !== 'ok' || read.data.redis !== 'ok');
  const live = couponInLook(couponId);
  const coupon = newest(read.data, live);
  // A draft changes by moves only. A loaded coupon is in the look, but for the oldest of very many.
  const isUnseen = live === null && read.data !== undefined && read.data.live !== null;
  const isRead = !isUnseen && (read.error === null || read.error.code === 'NOT_FOUND_COUPON');
  useEffect(() => {
    if (isRead) return;
    const timer = setInterval(reload, REREAD_MS);
    return () => clearInterval(timer);
  }, [reload, isRead]);
  const moves = useLoad<readonly AuditRecord[]>(
    may('listAudit')
      ? (signal) =>
          call('listAudit', { query: { couponId, limit: MOVES_SHOWN }, signal }).then(({ records }) => records)
      : null,
    [couponId, changes.value, look.value?.mysql, coupon?.version],
  );
  const onChanged = useCallback(async () => {
    const now = await call('readCoupon', { path: { couponId } });
    replace(now);
    return now;
  }, [couponId, replace]);
  if (coupon === null) {
    return read.error ? <ErrorNotice error={read.error} onRetry={read.reload} /> : <Loading lines={6} />;
  }
  return (
    <>
      <PageHead
        title={nameOf(coupon)}
        actions={
          <>
            <Copy />
            {may('createCoupon') ? (
              <a class="button quiet small" href={linkTo('create', {}, { copy: couponId })}>
                {t('rush.copy')}
              </a>
            ) : null}
            <a class="button small" href={linkTo('after', { couponId })}>
              {t('after.title')}
            </a>
          </>
        }
      >
        <PhaseBadge coupon={coupon} />
        <span>#{couponId}</span>
        <span>{discountOf(coupon)}</span>
        <Terms coupon={coupon} />
      </PageHead>
      <ErrorNotice error={read.error} onRetry={read.reload} />
      <StateNotice coupon={coupon} />
      <div class="rush-top">
        <Hero coupon={coupon} issuedPerSecond={live?.issuedPerSecond ?? null} />
        <Moves coupon={coupon} onChanged={onChanged} />
      </div>
      <div class="rush-body">
        <Charts couponId={couponId} moves={moves.data ?? []} />
        <div class="rush-side">
          <Alerts />
          <Timeline moves={moves} />
          <Surroundings />
        </div>
      </div>
    </>
  );
}

/**
 * The look is newer in its figures. What MySQL knows comes from the reading if the look has none of it, or an older
 * version: after a change the reading is there first.
 */
function newest(read: CouponOverview | undefined, live: CouponOverview | null): CouponOverview | null {
  if (live === null) return read ?? null;
  if (read === undefined) return live;
  if ((read.version ?? 0) > (live.version ?? 0)) return read;
  const known = Object.fromEntries(Object.entries(live).filter(([, value]) => value !== null));
  return { ...read, ...known, live: live.live, held: live.held };
}

/** A pause that is not what it seems. */
function StateNotice({ coupon }: { readonly coupon: CouponOverview }) {
  const { live, held, phase } = coupon;
  if (held)
    return (
      <Notice tone="note" title={t('rush.heldTitle')}>
        {t('rush.heldText', { actor: held.actor })}
      </Notice>
    );
  const unrecorded = live?.unrecordedPause;
  if (unrecorded) {
    return (
      <Notice tone="note" title={t('rush.unrecordedTitle')}>
        {t('rush.unrecordedText', { actor: unrecorded.actor, time: show.time(unrecorded.at, 'second') })}
      </Notice>
    );
  }
  if (live && !live.loaded) return <Notice tone="bad" title={t('rush.notLoaded')} />;
  if (phase === 'closed') {
    return (
      <Notice tone="accent" title={t('rush.closedTitle')}>
        <a href={linkTo('after', { couponId: coupon.id })}>{t('rush.closedText')}</a>
      </Notice>
    );
  }
  if (phase === 'ended')
    return (
      <Notice tone="accent" title={t('rush.endedTitle')}>
        {t('rush.endedText')}
      </Notice>
    );
  return null;
}
