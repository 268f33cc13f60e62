import { useState } from 'preact/hooks';
import { call } from '../../api.ts';
import type { CouponOverview } from '../../api-types.ts';
import { type CouponInput, editOf, inputOf, readInput } from '../../coupon-input.ts';
import { useChange } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { CouponFields } from '../../parts/coupon-form.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { zone } from '../../preferences.ts';
import { t } from '../../texts.ts';
import type { MoveDialogProps } from './move-dialog.tsx';
import { Conflict, useSeen } from './seen.tsx';

/**
 * Changes a coupon that has not opened. After a conflict, what was typed stays, and is compared with what is there
 * now.
 */
export function EditDialog({ coupon, onChanged, onClose }: MoveDialogProps) {
  const seen = useSeen(coupon, onChanged);
  const [input, setInput] = useState<CouponInput>(() => inputOf(complete(coupon), zone.peek()));
  const [tried, setTried] = useState(false);
  const change = useChange();
  const read = readInput(input, zone.value);
  const edit = read.coupon && editOf(complete(seen.coupon), input, read.coupon, zone.value);
  const nothing = edit !== null && Object.keys(edit).length === 0 ? t('rush.editNothing') : null;
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (edit === null || nothing) return;
    const saved = await change.run(async () => {
      await call('editCoupon', { path: { couponId: seen.coupon.id }, body: { ...edit, ...seen.version } });
      await onChanged().catch(() => undefined);
    });
    if (saved) onClose();
  };
  return (
    <Dialog title={t('rush.editTitle', { name: seen.name })} onClose={change.busy ? undefined : onClose} wide>
      <form onSubmit={(event) => void submit(event)}>
        <CouponFields input={input} problems={tried ? read.problems : {}} onInput={setInput} />
        <p class="said">
          {edit === null ? t('rush.editWrong') : (nothing ?? t('rush.editText', { fields: fieldsOf(edit) }))}
        </p>
        <ErrorNotice error={change.error} />
        <Conflict error={change.error} seen={seen} onRead={change.reset} />
        <div class="dialog-buttons">
          <Button onPress={onClose} unless={change.busy ? t('frame.working') : null}>
            {t('frame.cancel')}
          </Button>
          <Button kind="main" type="submit" busy={change.busy} unless={nothing}>
            {change.busy ? t('frame.working') : t('rush.editSave')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function fieldsOf(edit: object): string {
  const names = {
    name: t('create.name'),
    totalStock: t('create.stock'),
    discountAmount: t('create.discount'),
    opensAt: t('create.opens'),
    closesAt: t('create.closes'),
    expiresAt: t('create.expires'),
  };
  return Object.entries(names)
    .filter(([field]) => field in edit)
    .map(([, name]) => name)
    .join(', ');
}

/** A draft is read from MySQL, so nothing is missing; the types know coupons that Redis alone describes. */
function complete(coupon: CouponOverview) {
  return {
    ...coupon,
    name: coupon.name ?? '',
    totalStock: coupon.totalStock ?? 0,
    discountType: coupon.discountType ?? ('PERCENT' as const),
    discountAmount: coupon.discountAmount ?? 0,
  };
}
