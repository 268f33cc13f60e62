import { Badge } from '../../parts/badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { linkTo } from '../../route.ts';
import { show } from '../../show.ts';
import { t, textOf } from '../../texts.ts';
import type { Checked, Result } from './creation.ts';
import type { Planned } from './draft.ts';
import { Remarks } from './remarks.tsx';

interface PlanTableProps {
  readonly planned: readonly Planned[];
  readonly checked: readonly Checked[] | undefined;
  readonly results: readonly Result[];
}

interface Row extends Planned {
  readonly number: number;
  readonly checked: Checked | undefined;
  readonly result: Result | undefined;
}

/** The coupons of a series, each with what the server says of it and what became of it. */
export function PlanTable({ planned, checked, results }: PlanTableProps) {
  const rows = planned.map((each, index): Row => {
    return { ...each, number: index + 1, checked: checked?.[index], result: results[index] };
  });
  const columns: readonly Column<Row>[] = [
    { name: 'number', title: t('create.number'), kind: 'digits', cell: ({ number }) => number },
    {
      name: 'name',
      title: t('create.name'),
      kind: 'wide',
      cell: (row) => (
        <>
          {row.coupon.name}
          <Remarks planned={row} checked={row.checked} />
        </>
      ),
    },
    { name: 'opens', title: t('create.opens'), kind: 'digits', cell: ({ coupon }) => day(coupon.opensAt) },
    { name: 'closes', title: t('create.closes'), kind: 'digits', cell: ({ coupon }) => day(coupon.closesAt) },
    { name: 'stock', title: t('create.stock'), kind: 'digits', cell: ({ coupon }) => show.number(coupon.totalStock) },
    { name: 'result', title: t('create.result'), cell: (row) => <Outcome row={row} /> },
  ];
  return (
    <Table label={t('create.result')} columns={columns} rows={rows} rowKey={({ number }) => number} empty={null} />
  );
}

function day(at: string | null | undefined): string {
  return at ? show.day(at) : '–';
}

function Outcome({ row: { checked, result } }: { readonly row: Row }) {
  if (result?.state === 'created') {
    return <a href={linkTo('rush', { couponId: result.id })}>{t('create.created', { id: result.id })}</a>;
  }
  if (result?.state === 'failed')
    return <Badge tone="bad">{textOf(`errors.${result.error.code}`, result.error.code)}</Badge>;
  if (checked?.error) return <Badge tone="bad">{checked.error.code}</Badge>;
  return <span class="muted">{checked && !result ? t('create.ok') : t('create.waiting')}</span>;
}
