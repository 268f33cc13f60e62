// The fields of a coupon: for one that is made, and for one that is changed.
import type { CouponInput, Problems } from '../coupon-input.ts';
import { show } from '../show.ts';
import { t } from '../texts.ts';
import { Choice, TextField } from './field.tsx';

const times = ['opens', 'closes', 'expires'] as const;

interface CouponFieldsProps {
  readonly input: CouponInput;
  readonly problems: Problems;
  readonly onInput: (input: CouponInput) => void;
  /** A series has times of its own. */
  readonly withoutTimes?: boolean;
  /** It opens at once. */
  readonly withoutOpening?: boolean;
  readonly nameHint?: string;
}

export function CouponFields({ input, problems, onInput, withoutTimes, withoutOpening, nameHint }: CouponFieldsProps) {
  const set = (change: Partial<CouponInput>) => onInput({ ...input, ...change });
  const problem = (field: keyof CouponInput) => {
    const found = problems[field];
    return found ? t(`create.${found}`) : null;
  };
  return (
    <>
      <TextField
        label={t('create.name')}
        hint={nameHint}
        value={input.name}
        problem={problem('name')}
        maxLength={100}
        onInput={(name) => set({ name })}
      />
      <div class="fields">
        <TextField
          label={t('create.stock')}
          value={input.totalStock}
          problem={problem('totalStock')}
          numeric
          onInput={(totalStock) => set({ totalStock })}
        />
        <Choice
          label={t('create.discount')}
          value={input.discountType}
          options={[
            { value: 'PERCENT', text: t('create.percent') },
            { value: 'FIXED', text: t('create.fixed') },
          ]}
          onInput={(discountType) => set({ discountType })}
        />
        <TextField
          label={input.discountType === 'PERCENT' ? t('create.percentAmount') : t('create.fixedAmount')}
          hint={input.discountType === 'PERCENT' ? null : t('create.fixedHint')}
          value={input.discountAmount}
          problem={problem('discountAmount')}
          numeric
          onInput={(discountAmount) => set({ discountAmount })}
        />
      </div>
      {withoutTimes ? null : (
        <>
          <div class="fields">
            {times
              .filter((field) => field !== 'opens' || !withoutOpening)
              .map((field) => (
                <TextField
                  key={field}
                  label={t(`create.${field}`)}
                  hint={t(`create.${field}Hint`)}
                  type="datetime-local"
                  value={input[field]}
                  problem={problem(field)}
                  onInput={(value) => set({ [field]: value })}
                />
              ))}
          </div>
          <p class="hint">{t('create.zoneHint', { zone: show.zone() })}</p>
        </>
      )}
    </>
  );
}
