import { isOld } from '../../live.ts';
import { discountOf, LeftBar, nameOf, PhaseBadge } from '../../parts/coupon.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Countdown } from '../../parts/time.tsx';
import { linkTo } from '../../route.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import type { Listed } from './listed.ts';

/** What runs: a card for each, with what is left as its largest thing. */
export function Running({ coupons }: { readonly coupons: readonly Listed[] }) {
  if (coupons.length === 0) {
    return (
      <Panel title={t('events.running')}>
        <Empty title={t('events.nothingRuns')}>{t('events.nothingRunsText')}</Empty>
      </Panel>
    );
  }
  return (
    <section class="running" aria-labelledby="running">
      <h2 id="running">{t('events.running')}</h2>
      <ul class="running-list">
        {coupons.map((coupon) => (
          <li key={coupon.id}>
            <Card coupon={coupon} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Card({ coupon }: { readonly coupon: Listed }) {
  const { id, live, issuedPerSecond, closesAt, phase } = coupon;
  const left = live?.left ?? coupon.left;
  const total = live?.totalStock ?? coupon.totalStock;
  const old = isOld(live ? 'redis' : 'mysql') ? ' stale' : '';
  return (
    <article class="card">
      <div class="card-head">
        <h3>
          <a href={linkTo('rush', { couponId: id })}>{nameOf(coupon)}</a>
        </h3>
        <PhaseBadge coupon={coupon} />
      </div>
      <p class="card-sub">
        #{id} · {discountOf(coupon)}
      </p>
      <p class={`card-left${old}`}>
        <span class="card-number">{show.number(left)}</span>{' '}
        <span>{t('events.leftOf', { total: show.number(total) })}</span>
      </p>
      <LeftBar left={left} total={total} quiet={phase !== 'open'} />
      <dl class={`card-facts${old}`}>
        <div>
          <dt>{t('events.rate')}</dt>
          <dd>{t('events.perSecond', { rate: show.number(issuedPerSecond ?? (phase === 'open' ? null : 0)) })}</dd>
        </div>
        <div>
          <dt>{t('events.backlog')}</dt>
          <dd>{show.number(live?.backlog)}</dd>
        </div>
        <div>
          <dt>{t('events.closesIn')}</dt>
          <dd>{closesAt === null ? t('events.open-ended') : <Countdown to={closesAt} />}</dd>
        </div>
      </dl>
    </article>
  );
}
