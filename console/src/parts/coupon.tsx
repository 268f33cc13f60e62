// A coupon in words that every page uses: what it does at the moment, what it is worth, how much is left.
import type { CouponOverview } from '../api-types.ts';
import { t, textOf } from '../texts.ts';
import { Badge, type Tone } from './badge.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  open: 'good',
  'sold-out': 'accent',
  paused: 'note',
  scheduled: 'accent',
};

export function PhaseBadge({ coupon }: { readonly coupon: Pick<CouponOverview, 'phase' | 'held' | 'rehearsal'> }) {
  const { phase, held, rehearsal } = coupon;
  return (
    <>
      <Badge tone={TONES[phase ?? ''] ?? 'quiet'}>{textOf(`phase.${phase}`, t('phase.unknown'))}</Badge>
      {held ? <Badge tone="note">{t('phase.held')}</Badge> : null}
      {rehearsal ? <Badge>{t('phase.rehearsal')}</Badge> : null}
    </>
  );
}

/** MySQL alone knows the name: without it, the number. */
export function nameOf({ id, name }: { readonly id: number; readonly name: string | null }): string {
  return name ?? t('phase.coupon', { id });
}

interface Discount {
  readonly discountType: 'FIXED' | 'PERCENT' | null;
  readonly discountAmount: number | null;
}

export function discountOf({ discountType, discountAmount }: Discount): string {
  if (discountType === null || discountAmount === null) return '';
  return discountType === 'PERCENT'
    ? t('phase.percent', { amount: discountAmount })
    : t('phase.fixed', { amount: discountAmount });
}

interface BarProps {
  readonly left: number | null;
  readonly total: number | null;
  readonly quiet?: boolean;
}

/** How much of the stock is left. The text says the same. */
export function LeftBar({ left, total, quiet }: BarProps) {
  const part = left === null || !total ? 0 : left / total;
  const text = left === null || total === null ? t('phase.unknown') : t('phase.leftOf', { left, total });
  return (
    <div class={`bar${quiet ? ' quiet' : ''}`} role="img" aria-label={text}>
      <div class="bar-left" style={{ width: `${Math.max(part * 100, left ? 0.6 : 0)}%` }} />
    </div>
  );
}
