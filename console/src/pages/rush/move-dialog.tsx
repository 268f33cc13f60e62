// One sentence about what will happen, checked by a dry run, and made only if the coupon was not moved
// meanwhile.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import type { CouponOverview } from '../../api-types.ts';
import { useLoad } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm, Dialog } from '../../parts/dialog.tsx';
import { Notice } from '../../parts/notice.tsx';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import { isRefusal, PlanProblem } from './plan-problem.tsx';
import { Conflict, useSeen } from './seen.tsx';

export type MoveName = 'preload' | 'pause' | 'resume' | 'close';

export interface MoveDialogProps {
  readonly coupon: CouponOverview;
  readonly onChanged: () => Promise<CouponOverview>;
  readonly onClose: () => void;
}

export function MoveDialog({ coupon, move, onChanged, onClose }: MoveDialogProps & { readonly move: MoveName }) {
  const seen = useSeen(coupon, onChanged);
  const [notice, setNotice] = useState<string | null>(null);
  const plan = useLoad(
    (signal) => send(move, seen.coupon.id, { ...seen.version, dryRun: true }, signal),
    [move, seen.coupon.version],
  );
  const done = async (reason: string | undefined) => {
    const answer = await send(move, seen.coupon.id, { ...seen.version, ...(reason === undefined ? {} : { reason }) });
    await onChanged().catch(() => undefined);
    const missing = missingOf(answer);
    if (missing !== null) setNotice(missing);
    else onClose();
  };
  if (notice !== null) return <Afterwards text={notice} title={t(`rush.${move}`)} onClose={onClose} />;
  return (
    <Confirm
      title={t(`rush.${move}Title`, { name: seen.name })}
      verb={t(`rush.${move}`)}
      kind={move === 'pause' || move === 'close' ? 'stop' : 'main'}
      unless={isRefusal(plan.error) ? t('rush.notPossible') : null}
      onConfirm={done}
      onClose={onClose}
      onDone={() => undefined}
      afterError={(change) => <Conflict error={change.error} seen={seen} onRead={change.reset} />}
    >
      <p>{sentenceOf(move, seen.coupon)}</p>
      <PlanProblem plan={plan} seen={seen} />
    </Confirm>
  );
}

function Afterwards({ text, title, onClose }: { text: string; title: string; onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Notice tone="note" title={text} />
      <div class="dialog-buttons">
        <Button kind="main" onPress={onClose}>
          {t('frame.close')}
        </Button>
      </div>
    </Dialog>
  );
}

interface Body {
  readonly version?: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

type MoveAnswer = Answer<'preloadCoupon'> | Answer<'pauseCoupon'> | Answer<'closeCoupon'>;

async function send(move: MoveName, couponId: number, body: Body, signal?: AbortSignal): Promise<MoveAnswer> {
  const input = { path: { couponId }, body, ...(signal ? { signal } : {}) };
  switch (move) {
    case 'preload':
      return call('preloadCoupon', input);
    case 'pause':
      return call('pauseCoupon', input);
    case 'resume':
      return call('resumeCoupon', input);
    case 'close':
      return call('closeCoupon', input);
  }
}

/** What is not complete yet, after a success. */
function missingOf(answer: MoveAnswer): string | null {
  if (!answer.inEffect) return t('rush.notInEffect');
  if ('recorded' in answer && !answer.recorded) return t('rush.notRecorded');
  if ('drained' in answer && !answer.drained) return t('rush.notDrained', { count: answer.backlog });
  return null;
}

function sentenceOf(move: MoveName, coupon: CouponOverview): string {
  const left = coupon.live?.left ?? coupon.left ?? 0;
  switch (move) {
    case 'preload':
      return coupon.opensAt === null
        ? t('rush.preloadTextNow')
        : t('rush.preloadText', { time: show.day(coupon.opensAt), zone: show.zone() });
    case 'pause':
      return coupon.phase === 'scheduled' ? t('rush.pauseTextScheduled') : t('rush.pauseText', { left });
    case 'resume':
      return coupon.state === 'DRAFT' ? t('rush.resumeTextHeld') : t('rush.resumeText', { left });
    case 'close':
      return t('rush.closeText', { left });
  }
}
