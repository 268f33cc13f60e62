// What one looks at in a rush: how many are left, how fast they go, whether answers are fast and MySQL keeps up.
import type { CouponOverview } from '../../api-types.ts';
import { isOld, look, stale } from '../../live.ts';
import { LeftBar } from '../../parts/coupon.tsx';
import { Figure } from '../../parts/figure.tsx';
import { Countdown, Time } from '../../parts/time.tsx';
import { serverNow } from '../../server-clock.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';

interface HeroProps {
  readonly coupon: CouponOverview;
  readonly issuedPerSecond: number | null;
}

const SLOW_MS = 500;
const BACKLOG_NOTED = 5000;

export function Hero({ coupon, issuedPerSecond }: HeroProps) {
  const { live, phase, closesAt } = coupon;
  const left = live?.left ?? coupon.left;
  const total = live?.totalStock ?? coupon.totalStock;
  const issued = left === null || total === null ? null : total - left;
  const old = isOld(live ? 'redis' : 'mysql');
  const server = look.value?.server ?? null;
  const rate = phase === 'open' ? issuedPerSecond : 0;
  const rest = left !== null && rate !== null && rate > 0 && phase === 'open' ? left / rate : null;
  return (
    <section class="hero" aria-label={t('rush.figures')}>
      <div class="hero-left">
        <Figure
          size="huge"
          label={t('rush.left')}
          value={show.number(left)}
          unit={t('rush.ofTotal', { total: show.number(total) })}
          stale={old}
          note={old ? t('rush.stale') : null}
        />
        <LeftBar left={left} total={total} quiet={phase !== 'open'} />
        <p class="hero-note">
          {phase === 'scheduled' && coupon.opensAt ? (
            <span class="hero-countdown">
              {t('rush.opensIn')} <Countdown to={coupon.opensAt} />
            </span>
          ) : null}
          {closesAt !== null && (phase === 'open' || phase === 'sold-out' || phase === 'paused') ? (
            <span>
              {t('rush.closesIn')} <Countdown to={closesAt} />
            </span>
          ) : null}
          {rest === null ? null : <span>{t('rush.soldOutIn', { time: show.ms(rest * 1000) })}</span>}
        </p>
      </div>
      <div class="figures hero-figures">
        <Figure size="large" label={t('rush.issuedPerSecond')} value={show.number(rate)} unit="/ s" stale={old} />
        <Figure size="large" label={t('rush.issued')} value={show.number(issued)} stale={old} />
        <Figure
          size="large"
          label={t('rush.backlog')}
          value={show.number(live?.backlog ?? (coupon.state === 'DRAFT' ? 0 : null))}
          tone={(live?.backlog ?? 0) > BACKLOG_NOTED ? 'note' : undefined}
          stale={old}
        />
        <Figure
          size="large"
          label={t('rush.p99')}
          value={show.ms(server?.p99Ms)}
          tone={(server?.p99Ms ?? 0) > SLOW_MS ? 'note' : undefined}
          note={`${t('rush.p50')} ${show.ms(server?.p50Ms)}`}
          stale={stale.value}
        />
        <Figure
          size="large"
          label={t('rush.errorRate')}
          value={show.percent(server?.errorRate)}
          tone={(server?.errorRate ?? 0) > 0.01 ? 'bad' : undefined}
          stale={stale.value}
        />
        <Figure
          size="large"
          label={t('rush.deadLetters')}
          value={show.number(live?.deadLetters ?? (coupon.state === 'DRAFT' ? 0 : null))}
          tone={(live?.deadLetters ?? 0) > 0 ? 'bad' : undefined}
          stale={old}
        />
      </div>
    </section>
  );
}

/** Its window and its worth, in a line. */
export function Terms({ coupon }: { readonly coupon: CouponOverview }) {
  const isPast = (at: string | null) => at !== null && Date.parse(at) <= serverNow();
  return (
    <>
      <span>
        {isPast(coupon.opensAt) ? t('rush.opened') : t('rush.opens')}{' '}
        {coupon.opensAt === null ? t('rush.noOpening') : <Time at={coupon.opensAt} />}
      </span>
      <span>
        {isPast(coupon.closesAt) ? t('rush.closed') : t('rush.closes')}{' '}
        {coupon.closesAt === null ? t('rush.noClosing') : <Time at={coupon.closesAt} />}
      </span>
      {coupon.expiresAt === null ? null : (
        <span>
          {t('rush.usable')} <Time at={coupon.expiresAt} />
        </span>
      )}
    </>
  );
}
