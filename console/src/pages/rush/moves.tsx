// The buttons of a coupon. Which of them work follows from its state; the server decides again.
import { useState } from 'preact/hooks';
import type { CouponOverview, Operations } from '../../api-types.ts';
import { Button } from '../../parts/button.tsx';
import { may, neededRole } from '../../session-state.ts';
import { t } from '../../texts.ts';
import { EditDialog } from './edit-dialog.tsx';
import { MoveDialog, type MoveName } from './move-dialog.tsx';
import { RestockDialog } from './restock-dialog.tsx';

type Action = MoveName | 'restock' | 'edit';

const OPERATIONS = {
  preload: 'preloadCoupon',
  pause: 'pauseCoupon',
  resume: 'resumeCoupon',
  close: 'closeCoupon',
  restock: 'restockCoupon',
  edit: 'editCoupon',
} as const satisfies Record<Action, keyof Operations>;

interface MovesProps {
  readonly coupon: CouponOverview;
  /** Reads it again after a change. @returns what it is now */
  readonly onChanged: () => Promise<CouponOverview>;
}

export function Moves({ coupon, onChanged }: MovesProps) {
  const [open, setOpen] = useState<Action | null>(null);
  const close = () => setOpen(null);
  const dialog = { coupon, onChanged, onClose: close };
  return (
    <>
      <div class="moves">
        {actionsOf(coupon).map(({ action, kind }) => {
          const operation = OPERATIONS[action];
          return (
            <Button
              key={action}
              kind={kind}
              unless={may(operation) ? null : t('frame.needsRole', { role: neededRole(operation) })}
              onPress={() => setOpen(action)}
            >
              {t(`rush.${action}`)}
            </Button>
          );
        })}
      </div>
      {open === 'restock' ? <RestockDialog {...dialog} /> : null}
      {open === 'edit' ? <EditDialog {...dialog} /> : null}
      {open !== null && open !== 'restock' && open !== 'edit' ? <MoveDialog {...dialog} move={open} /> : null}
    </>
  );
}

interface Offered {
  readonly action: Action;
  readonly kind: 'main' | 'plain' | 'stop';
}

/** What a state allows: src/coupons/states.ts. The state of Redis counts if MySQL does not answer. */
function actionsOf({ state, phase, live, held }: CouponOverview): readonly Offered[] {
  const current = live?.unrecordedPause ? 'PAUSED' : (state ?? live?.state ?? null);
  const edit: readonly Offered[] = [{ action: 'edit', kind: 'plain' }];
  if (current === 'DRAFT') {
    const release: readonly Offered[] = held ? [{ action: 'resume', kind: 'plain' }] : [];
    return [{ action: 'preload', kind: 'main' }, ...release, ...edit];
  }
  const rest: readonly Offered[] = [
    { action: 'restock', kind: 'plain' },
    ...(phase === 'scheduled' ? edit : []),
    { action: 'close', kind: 'stop' },
  ];
  if (current === 'OPEN') return [{ action: 'pause', kind: 'stop' }, ...rest];
  if (current === 'PAUSED') return [{ action: 'resume', kind: 'main' }, ...rest];
  return [];
}
