// The brake for everything: it says first what it will stop, and afterwards what it stopped.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../api.ts';
import { useLoad } from '../load.ts';
import { Button } from '../parts/button.tsx';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Loading, Notice } from '../parts/notice.tsx';
import { linkTo } from '../route.ts';
import { t } from '../texts.ts';

type Stopped = Exclude<Answer<'pauseAllCoupons'>, { readonly dryRun: true }>;

export function StopAll({ onClose }: { readonly onClose: () => void }) {
  const [stopped, setStopped] = useState<Stopped | null>(null);
  const plan = useLoad((signal) => call('pauseAllCoupons', { body: { dryRun: true }, signal }), []);
  if (stopped !== null) return <Result stopped={stopped} onClose={onClose} />;
  const coupons = plan.data?.coupons ?? [];
  const drafts = coupons.filter((coupon) => 'held' in coupon && coupon.held).length;
  return (
    <Confirm
      title={t('frame.stopAllTitle')}
      verb={t('frame.stopAll')}
      kind="stop"
      onClose={onClose}
      onConfirm={async (reason) => {
        const answer = await call('pauseAllCoupons', { body: reason === undefined ? {} : { reason } });
        if (!('dryRun' in answer)) setStopped(answer);
      }}
      onDone={() => undefined}
    >
      <p>{t('frame.stopAllText')}</p>
      {plan.loading && !plan.data ? <Loading lines={1} /> : null}
      {plan.data ? (
        <p>
          <strong>{t('frame.stopAllPlan', { loaded: coupons.length - drafts, drafts })}</strong>
        </p>
      ) : null}
      {plan.error ? <Notice tone="note" title={t('frame.stopAllUnknown')} /> : null}
    </Confirm>
  );
}

function Result({ stopped, onClose }: { readonly stopped: Stopped; readonly onClose: () => void }) {
  const problems = stopped.coupons.filter(({ problem, inEffect }) => problem !== undefined || !inEffect);
  return (
    <Dialog title={stopped.inEffect ? t('frame.stoppedTitle') : t('frame.stoppedPartTitle')} onClose={onClose}>
      <div class="dialog-text">
        <p>{stopped.inEffect ? t('frame.stoppedAll', { count: stopped.coupons.length }) : t('frame.stoppedPart')}</p>
        {stopped.recorded ? null : <p>{t('frame.stoppedUnrecorded')}</p>}
        {stopped.drafts === 'held' ? null : <p>{t(`frame.drafts-${stopped.drafts}`)}</p>}
        {problems.length === 0 ? null : (
          <ul>
            {problems.map(({ couponId, problem }) => (
              <li key={couponId}>
                <a href={linkTo('rush', { couponId })}>{couponId}</a> {problem ?? t('frame.notInEffect')}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="dialog-buttons">
        <Button kind="main" onPress={onClose}>
          {t('frame.close')}
        </Button>
      </div>
    </Dialog>
  );
}
