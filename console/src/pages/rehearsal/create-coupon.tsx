import { useState } from 'preact/hooks';
import { call } from '../../api.ts';
import { useChange } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { t } from '../../texts.ts';
import { wholeNumber } from './whole-number.ts';

interface CreateProps {
  readonly onCreated: (couponId: number) => void;
  readonly onClose: () => void;
}

const STOCK_MAX = 1_000_000_000;
/** A coupon needs a discount. Which one does not matter as long as no real user has an id of the rehearsals. */
const DISCOUNT = { discountType: 'PERCENT', discountAmount: 10 } as const;

/** A coupon for rehearsals, loaded and open at once. */
export function CreateCoupon({ onCreated, onClose }: CreateProps) {
  const [name, setName] = useState<string>(t('rehearsal.defaultName'));
  const [stock, setStock] = useState('500');
  const change = useChange();
  const totalStock = wholeNumber(stock, STOCK_MAX);
  const trimmed = name.trim();
  const problem =
    trimmed === '' ? t('rehearsal.nameProblem') : totalStock === null ? t('rehearsal.stockProblem') : null;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (totalStock === null || trimmed === '') return;
    const body = { name: trimmed, totalStock, ...DISCOUNT, rehearsal: true, openNow: true, preload: true };
    let id: number | null = null;
    const done = await change.run(async () => {
      const coupon = await call('createCoupon', { body });
      if ('id' in coupon) id = coupon.id;
    });
    if (done && id !== null) onCreated(id);
  };
  return (
    <Dialog title={t('rehearsal.create')} onClose={change.busy ? undefined : onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <TextField
          label={t('rehearsal.name')}
          value={name}
          onInput={setName}
          maxLength={100}
          autoFocus
          problem={trimmed === '' ? t('rehearsal.nameProblem') : null}
        />
        <TextField
          label={t('rehearsal.stock')}
          hint={t('rehearsal.stockHint')}
          value={stock}
          onInput={setStock}
          numeric
          maxLength={12}
          problem={totalStock === null ? t('rehearsal.stockProblem') : null}
        />
        <p>{problem === null ? t('rehearsal.createText', { name: trimmed, stock: totalStock ?? 0 }) : null}</p>
        <ErrorNotice error={change.error} />
        <div class="dialog-buttons">
          <Button onPress={onClose} unless={change.busy ? t('frame.working') : null}>
            {t('frame.cancel')}
          </Button>
          <Button kind="main" type="submit" busy={change.busy} unless={problem}>
            {change.busy ? t('rehearsal.creating') : t('rehearsal.createVerb')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
