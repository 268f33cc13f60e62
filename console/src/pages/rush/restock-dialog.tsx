import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api.ts';
import { readWhole } from '../../coupon-input.ts';
import { useLoad } from '../../load.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { Notice } from '../../parts/notice.tsx';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import type { MoveDialogProps } from './move-dialog.tsx';
import { isRefusal, PlanProblem } from './plan-problem.tsx';
import { Conflict, useSeen } from './seen.tsx';

const TYPED_MS = 300;

/** More (or a new total), said in a sentence with the new figures before it is done. */
export function RestockDialog({ coupon, onChanged, onClose }: MoveDialogProps) {
  const seen = useSeen(coupon, onChanged);
  const [how, setHow] = useState<'add' | 'total'>('add');
  const [text, setText] = useState('');
  const settled = useSettled(text);
  const amount = readWhole(settled);
  const given = amount === null || amount === 0 ? null : how === 'add' ? { add: amount } : { totalStock: amount };
  const { id, version } = seen.coupon;
  const input = (more: object) => ({ path: { couponId: id }, body: { ...given, ...seen.version, ...more } });
  const plan = useLoad(given && ((signal) => call('restockCoupon', { ...input({ dryRun: true }), signal })), [
    how,
    settled,
    version,
  ]);
  const restock = async (reason: string | undefined) => {
    await call('restockCoupon', input(reason === undefined ? {} : { reason }));
    await onChanged().catch(() => undefined);
  };
  const before = seen.coupon.live?.totalStock ?? seen.coupon.totalStock ?? 0;
  const planned = given && !plan.error && !plan.loading ? plan.data : undefined;
  return (
    <Confirm
      title={t('rush.restockTitle', { name: seen.name })}
      verb={t('rush.restock')}
      unless={
        given === null || text !== settled
          ? t('rush.restockMissing')
          : isRefusal(plan.error)
            ? t('rush.notPossible')
            : null
      }
      onConfirm={restock}
      onClose={onClose}
      afterError={(change) => <Conflict error={change.error} seen={seen} onRead={change.reset} />}
    >
      <Choice
        label={t('rush.restockHow')}
        bare
        value={how}
        options={[
          { value: 'add', text: t('rush.restockAdd') },
          { value: 'total', text: t('rush.restockTotal') },
        ]}
        onInput={setHow}
      />
      <TextField
        label={how === 'add' ? t('rush.restockAddLabel') : t('rush.restockTotalLabel')}
        value={text}
        onInput={setText}
        problem={text.trim() !== '' && readWhole(text) === null ? t('create.problemNumber') : null}
        numeric
        autoFocus
      />
      <p class="said">
        {planned
          ? t('rush.restockText', { before, after: planned.coupon.totalStock, left: planned.coupon.left })
          : t('rush.restockNow', { before, left: show.number(seen.coupon.live?.left ?? seen.coupon.left) })}
      </p>
      {planned?.warnings?.includes('STOCK_MORE_THAN_DOUBLED') ? (
        <Notice tone="note" title={t('rush.restockMuch')} />
      ) : null}
      {given ? <PlanProblem plan={plan} seen={seen} /> : null}
    </Confirm>
  );
}

/** What was typed, once the typing has paused. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
