// The end of a coupon: close it for good, and archive it once everything is proven.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Notice } from '../../parts/notice.tsx';
import { may, neededRole } from '../../session-state.ts';
import { t } from '../../texts.ts';
import { LONG_MS } from './verification.tsx';

type Coupon = Answer<'readCoupon'>;

/** What ends the coupon next; null: nothing, or MySQL does not say what it is. */
export function nextEnd({ state }: Pick<Coupon, 'state'>): 'close' | 'archive' | null {
  if (state === 'OPEN' || state === 'PAUSED') return 'close';
  return state === 'CLOSED' || state === 'DRAFT' ? 'archive' : null;
}

interface EndProps {
  readonly coupon: Coupon;
  /** What is shown is read again. */
  readonly onMoved: () => void;
}

export function EndButton({ coupon, onMoved, onClosed }: EndProps & { readonly onClosed: (close: Close) => void }) {
  const [asking, setAsking] = useState(false);
  const end = nextEnd(coupon);
  if (end === null) return null;
  const operation = end === 'close' ? 'closeCoupon' : 'archiveCoupon';
  return (
    <>
      <Button
        kind={end === 'close' ? 'stop' : 'plain'}
        unless={may(operation) ? null : t('frame.needsRole', { role: neededRole(operation) })}
        onPress={() => setAsking(true)}
      >
        {t(`after.end-${end}`)} …
      </Button>
      {asking ? (
        <EndCoupon
          coupon={coupon}
          end={end}
          onClose={() => setAsking(false)}
          onDone={(close) => {
            setAsking(false);
            if (close) onClosed(close);
            onMoved();
          }}
          onMoved={onMoved}
        />
      ) : null}
    </>
  );
}

export type Close = Answer<'closeCoupon'>;

interface EndCouponProps extends EndProps {
  readonly end: 'close' | 'archive';
  readonly onClose: () => void;
  readonly onDone: (close: Close | null) => void;
}

function EndCoupon({ coupon, end, onClose, onDone, onMoved }: EndCouponProps) {
  const { id: couponId, version, name, state, left } = coupon;
  const path = { couponId };
  const draft = state === 'DRAFT';
  return (
    <Confirm
      title={t(`after.end-${end}-title`, { name: name ?? String(couponId) })}
      verb={t(`after.end-${end}`)}
      kind="stop"
      onClose={onClose}
      onConfirm={async (reason) => {
        const body = { ...(version === null ? {} : { version }), ...(reason === undefined ? {} : { reason }) };
        if (end === 'close') onDone(await call('closeCoupon', { path, body }));
        else {
          await call('archiveCoupon', { path, body, withinMs: LONG_MS });
          onDone(null);
        }
      }}
      onDone={() => undefined}
      afterError={({ error, reset }) =>
        error?.code === 'VERSION_CONFLICT' ? (
          <Button
            small
            onPress={() => {
              reset();
              onMoved();
            }}
          >
            {t('after.lookAgain')}
          </Button>
        ) : null
      }
    >
      {end === 'close' ? (
        <p>{left === null ? t('after.closeText') : t('after.closeLeft', { left })}</p>
      ) : (
        <p>{t(draft ? 'after.archiveDraft' : 'after.archiveText')}</p>
      )}
      <p>{t('user.noUndo')}</p>
    </Confirm>
  );
}

/** What the close found: whether MySQL has everything. */
export function ClosedNotice({ close }: { readonly close: Close }) {
  if (!close.inEffect) return <Notice tone="note" title={t('after.closedNotInEffect')} />;
  if (close.drained) return <Notice tone="good" title={t('after.closedDrained')} />;
  return <Notice tone="note" title={t('after.closedNotDrained', { count: close.backlog })} />;
}
