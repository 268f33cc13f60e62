import type { ComponentChildren } from 'preact';
import type { CouponOverview } from '../../api-types.ts';
import { discountOf, nameOf, PhaseBadge } from '../../parts/coupon.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { linkTo } from '../../route.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';

interface CouponTableProps {
  readonly label: string;
  readonly coupons: readonly CouponOverview[] | undefined;
  readonly empty: ComponentChildren;
}

const isOver = ({ phase }: CouponOverview) => phase === 'closed' || phase === 'archived';

export function CouponTable({ label, coupons, empty }: CouponTableProps) {
  const columns: readonly Column<CouponOverview>[] = [
    {
      name: 'name',
      title: t('events.name'),
      kind: 'wide',
      cell: (coupon) => (
        <>
          <a href={linkTo(isOver(coupon) ? 'after' : 'rush', { couponId: coupon.id })}>{nameOf(coupon)}</a>
          <span class="cell-sub">
            #{coupon.id} · {discountOf(coupon)}
          </span>
        </>
      ),
    },
    { name: 'phase', title: t('events.state'), cell: (coupon) => <PhaseBadge coupon={coupon} /> },
    { name: 'issued', title: t('events.issued'), kind: 'digits', cell: (coupon) => show.number(issuedOf(coupon)) },
    { name: 'stock', title: t('events.stock'), kind: 'digits', cell: ({ totalStock }) => show.number(totalStock) },
    { name: 'opens', title: t('events.opened'), kind: 'digits', cell: ({ opensAt }) => <Time at={opensAt} /> },
  ];
  return <Table label={label} columns={columns} rows={coupons} rowKey={({ id }) => id} empty={empty} />;
}

/** Redis counts what has no row yet, too. */
function issuedOf({ live, totalStock, left }: CouponOverview): number | null {
  if (live) return live.totalStock - live.left;
  return totalStock === null || left === null ? null : totalStock - left;
}
