// A spike of made-up users for a coupon that was made for it, and its proof. The coupon and the rehearsal stand in the
// address, so a reload or a pasted link shows the same.

import { useEffect } from 'preact/hooks';
import { call } from '../api.ts';
import { look } from '../live.ts';
import { useLoad } from '../load.ts';
import { replaceQuery } from '../location.ts';
import { PageHead } from '../parts/panel.tsx';
import type { PageProps } from '../route.ts';
import { t } from '../texts.ts';
import { CouponChoice } from './rehearsal/coupon-choice.tsx';
import { Earlier } from './rehearsal/earlier.tsx';
import { Outcome } from './rehearsal/outcome.tsx';
import { Spike } from './rehearsal/spike.tsx';

const NUMBER = /^[1-9]\d{0,13}$/;

export function Rehearsal({ query }: PageProps) {
  const couponId = numberOf(query.get('coupon'));
  const runId = numberOf(query.get('run'));
  const coupon = useLoad(couponId === null ? null : (signal) => call('readCoupon', { path: { couponId }, signal }), [
    couponId,
  ]);
  // What the live look says of it may be newer: its state or stock has changed.
  const seen = look.value?.coupons.find(({ id }) => id === couponId);
  const revision = seen ? `${seen.state} ${seen.phase} ${seen.totalStock} ${seen.live?.loaded}` : '';
  // biome-ignore format: one line each
  useEffect(() => { coupon.reload(); }, [revision, coupon.reload]);
  const chosen = couponId !== null && coupon.data?.id === couponId ? coupon.data : null;
  const usable = chosen?.rehearsal === true ? chosen : null;
  const choose = (id: number) => replaceQuery('rehearsal', { coupon: id });
  const show = (run: number | null) => {
    if (couponId !== null) replaceQuery('rehearsal', run === null ? { coupon: couponId } : { coupon: couponId, run });
  };
  return (
    <>
      <PageHead title={t('rehearsal.title')} />
      <div class="rehearsal-lead">
        <p>{t('rehearsal.lead')}</p>
        <p>{t('rehearsal.isNot')}</p>
      </div>
      <div class="rehearsal-steps">
        <CouponChoice couponId={couponId} coupon={coupon} onChoose={choose} />
        <Spike coupon={usable} onStarted={show} />
      </div>
      {couponId !== null && runId !== null ? (
        <Outcome key={`${couponId} ${runId}`} couponId={couponId} runId={runId} onAgain={() => show(null)} />
      ) : null}
      {usable ? <Earlier couponId={usable.id} shown={runId} onShow={show} /> : null}
    </>
  );
}

function numberOf(text: string | null): number | null {
  return text !== null && NUMBER.test(text) ? Number(text) : null;
}
