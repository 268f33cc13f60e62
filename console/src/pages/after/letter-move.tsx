// Redrive or resolve, after the server has said how many letters it would be.
import { call } from '../../api.ts';
import { useLoad } from '../../load.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { ErrorNotice, Loading } from '../../parts/notice.tsx';
import { t } from '../../texts.ts';

/** @property ids null: all of them */
export type LetterOrder =
  | { readonly kind: 'redrive'; readonly ids: readonly string[] | null }
  | { readonly kind: 'resolve'; readonly ids: readonly string[] };

interface MoveProps {
  readonly couponId: number;
  readonly order: LetterOrder;
  readonly onClose: () => void;
  /** @param text what was done */
  readonly onDone: (text: string) => void;
}

/** A dry run needs a reason too, and keeps it nowhere. */
const DRY_RUN_REASON = 'dry run';

export function LetterMove({ couponId, order, onClose, onDone }: MoveProps) {
  const path = { couponId };
  const run = async (dryRun: boolean, reason: string, signal?: AbortSignal): Promise<number> => {
    const options = signal ? { signal } : {};
    if (order.kind === 'resolve') {
      const body = { ids: [...order.ids], reason, dryRun };
      return (await call('resolveDeadLetters', { path, body, ...options })).resolved;
    }
    const body = order.ids === null ? { all: true as const, dryRun } : { ids: [...order.ids], dryRun };
    return (await call('redriveDeadLetters', { path, body, ...options })).sent;
  };
  const plan = useLoad((signal) => run(true, DRY_RUN_REASON, signal), []);
  const { kind } = order;
  return (
    <Confirm
      title={t(`after.letter-${kind}-title`)}
      verb={t(`after.letter-${kind}`)}
      kind={kind === 'resolve' ? 'stop' : 'main'}
      reason={kind === 'resolve' ? 'required' : 'none'}
      unless={plan.data === undefined ? t('frame.loading') : plan.data === 0 ? t('after.noneLeft') : null}
      onClose={onClose}
      onConfirm={async (reason) => onDone(t(`after.letter-${kind}-done`, { count: await run(false, reason ?? '') }))}
      onDone={() => undefined}
    >
      {plan.loading ? <Loading lines={1} /> : null}
      {plan.data === undefined ? null : (
        <p>
          <strong>{t(`after.letter-${kind}-plan`, { count: plan.data })}</strong>
        </p>
      )}
      <p>{t(`after.letter-${kind}-text`)}</p>
      <ErrorNotice error={plan.error} onRetry={plan.reload} />
    </Confirm>
  );
}
