// One coupon while it is issued: on this page an event is run.
import type { CouponOverview } from '../api-types.ts';
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
import { useCoupon } from './rush/use-coupon.ts';

export function Rush({ params }: PageProps) {
  const couponId = Number(params.couponId);
  const { coupon, read, moves, issuedPerSecond, onChanged } = useCoupon(couponId);
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
        <Hero coupon={coupon} issuedPerSecond={issuedPerSecond} />
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
