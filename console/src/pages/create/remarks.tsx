import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import type { Checked } from './creation.ts';
import type { Planned } from './draft.ts';

/** What is unusual about a coupon, and why the server would refuse it. */
export function Remarks({ planned, checked }: { readonly planned: Planned; readonly checked: Checked | undefined }) {
  const { change, coupon } = planned;
  return (
    <>
      {change === 'skipped' && coupon.opensAt ? (
        <Notice tone="note" title={t('create.skipped', { time: show.day(coupon.opensAt) })} />
      ) : null}
      {change === 'repeated' ? <Notice tone="note" title={t('create.repeated')} /> : null}
      {checked?.warnings.map((warning) => (
        <Notice key={warning} tone="note" title={t(`create.warning-${warning}`)} />
      ))}
      {checked ? <ErrorNotice error={checked.error} /> : null}
    </>
  );
}
