import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { discountOf, nameOf, PhaseBadge } from '../../parts/coupon.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Countdown, Time } from '../../parts/time.tsx';
import { linkTo } from '../../route.ts';
import { may } from '../../session-state.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import type { Listed } from './listed.ts';

const SHOWN_AT_FIRST = 8;

/** What is next, with a countdown by the server's clock. */
export function Next({ coupons }: { readonly coupons: readonly Listed[] }) {
  const [all, setAll] = useState(false);
  const columns: readonly Column<Listed>[] = [
    {
      name: 'name',
      title: t('events.name'),
      kind: 'wide',
      cell: (coupon) => (
        <>
          <a href={linkTo('rush', { couponId: coupon.id })}>{nameOf(coupon)}</a>
          <span class="cell-sub">
            #{coupon.id} · {discountOf(coupon)}
          </span>
        </>
      ),
    },
    {
      name: 'countdown',
      title: t('events.opensIn'),
      kind: 'digits',
      cell: ({ opensAt }) => (opensAt === null ? '' : <Countdown to={opensAt} />),
    },
    {
      name: 'opens',
      title: t('events.opens'),
      kind: 'digits',
      cell: ({ opensAt }) => (opensAt === null ? t('events.noOpening') : <Time at={opensAt} />),
    },
    { name: 'phase', title: t('events.state'), cell: (coupon) => <PhaseBadge coupon={coupon} /> },
    { name: 'stock', title: t('events.stock'), kind: 'digits', cell: ({ totalStock }) => show.number(totalStock) },
  ];
  return (
    <Panel title={t('events.next')}>
      <Table
        label={t('events.next')}
        columns={columns}
        rows={all ? coupons : coupons.slice(0, SHOWN_AT_FIRST)}
        rowKey={({ id }) => id}
        empty={
          <Empty title={t('events.nothingNext')}>
            {may('createCoupon') ? <a href={linkTo('create')}>{t('events.createOne')}</a> : null}
          </Empty>
        }
      />
      {coupons.length > SHOWN_AT_FIRST ? (
        <div>
          <Button kind="quiet" small onPress={() => setAll(!all)}>
            {all ? t('events.fewer') : t('events.all', { count: coupons.length })}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
