import { type Answer, call } from '../../api.ts';
import { useLoad } from '../../load.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { ErrorNotice, Loading } from '../../parts/notice.tsx';
import { serverNow } from '../../server-clock.ts';
import { t } from '../../texts.ts';

interface RevokeProps {
  readonly holder: Answer<'readHolder'>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/**
 * The server is asked first what it would do. No version is sent: each revocation is a version of its own, so two
 * operators would be in each other's way; and a coupon that was revoked meanwhile stays as it is.
 */
export function RevokeOne({ holder, onClose, onDone }: RevokeProps) {
  const { couponId, userId, name, sequence } = holder;
  const path = { couponId };
  const plan = useLoad((signal) => call('revokeIssuance', { path, body: { userId, dryRun: true }, signal }), []);
  const coupon = plan.data?.coupon;
  const again =
    coupon !== undefined &&
    (coupon.state === 'OPEN' || coupon.state === 'PAUSED') &&
    (coupon.closesAt === null || new Date(coupon.closesAt).getTime() > serverNow());
  return (
    <Confirm
      title={t('user.revokeTitle')}
      verb={t('user.revoke')}
      kind="stop"
      reason="required"
      unless={plan.data ? null : t('frame.loading')}
      onClose={onClose}
      onConfirm={(reason) =>
        call('revokeIssuance', { path, body: { userId, ...(reason === undefined ? {} : { reason }) } })
      }
      onDone={() => {
        onClose();
        onDone();
      }}
    >
      <p>{t('user.revokeText', { user: String(userId), name, coupon: String(couponId), sequence })}</p>
      {plan.loading && !plan.data ? <Loading lines={1} /> : null}
      {plan.data ? (
        <p>
          {plan.data.changed ? t(again ? 'user.unitAgain' : 'user.unitGone') : t('user.revokedAlready')}{' '}
          {t('user.noUndo')}
        </p>
      ) : null}
      <ErrorNotice error={plan.error} onRetry={plan.reload} />
    </Confirm>
  );
}
