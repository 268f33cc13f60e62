// Erasing a user: it can't be undone, so the id has to be typed. docs/erase.md has the same words.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import type { UserId } from '../../api-types.ts';
import { useLoad } from '../../load.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { CheckField, TextField } from '../../parts/field.tsx';
import { ErrorNotice, Loading, Notice } from '../../parts/notice.tsx';
import { t } from '../../texts.ts';
import { typedId } from './address.ts';

/** A dry run needs a reason too, and keeps it nowhere. */
const DRY_RUN_REASON = 'dry run';

interface EraseProps {
  readonly userId: UserId;
  readonly onClose: () => void;
  readonly onErased: (answer: Answer<'eraseUser'>) => void;
}

export function EraseUser({ userId, onClose, onErased }: EraseProps) {
  const [evenOpen, setEvenOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const path = { userId };
  const plan = useLoad(
    (signal) => call('eraseUser', { path, body: { reason: DRY_RUN_REASON, evenOpen, dryRun: true }, signal }),
    [evenOpen],
  );
  const stillOpen = plan.error?.code === 'STATE_CONFLICT';
  const isTyped = typedId(typed) === String(userId);
  const missing = isTyped ? null : t('user.eraseTypeId');
  return (
    <Confirm
      title={t('user.eraseTitle', { user: String(userId) })}
      verb={t('user.erase')}
      kind="stop"
      reason="required"
      unless={plan.error || plan.loading ? t('user.eraseNotReady') : missing}
      onClose={onClose}
      onConfirm={async (reason) =>
        onErased(await call('eraseUser', { path, body: { reason: reason ?? '', evenOpen } }))
      }
    >
      <p>{t('user.eraseText')}</p>
      <p>
        {t('user.eraseStranger')} <strong>{t('user.eraseAgainText')}</strong>
      </p>
      <p>{t('user.eraseCopies')}</p>
      {plan.loading ? <Loading lines={1} /> : null}
      {plan.data && !plan.error ? (
        <p>
          <strong>
            {plan.data.coupons.length === 0
              ? t('user.eraseNothing')
              : t('user.eraseWhere', { count: plan.data.coupons.length, coupons: plan.data.coupons.join(', ') })}
          </strong>
        </p>
      ) : null}
      {stillOpen ? (
        <Notice tone="note" title={t('user.eraseOpen')}>
          <p>{plan.error?.detail}</p>
        </Notice>
      ) : (
        <ErrorNotice error={plan.error} onRetry={plan.reload} />
      )}
      {stillOpen || evenOpen ? (
        <CheckField label={t('user.eraseEvenOpen')} value={evenOpen} onInput={setEvenOpen} />
      ) : null}
      <TextField label={t('user.eraseType', { user: String(userId) })} value={typed} onInput={setTyped} />
      <p class="muted">{t('user.eraseReason')}</p>
    </Confirm>
  );
}
