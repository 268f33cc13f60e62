// The end of a coupon: close it for good, and archive it once everything is proven.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import { useLoad } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { may, neededRole } from '../../session-state.ts';
import { t } from '../../texts.ts';
import { Running } from './running.tsx';
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

export function EndButton({
  coupon,
  onMoved,
  onClosed,
}: EndProps & { readonly onClosed: (close: Close | null) => void }) {
  // What was chosen stays chosen, also if the coupon is read again meanwhile.
  const [asking, setAsking] = useState<'close' | 'archive' | null>(null);
  const end = nextEnd(coupon);
  const operation = end === 'archive' ? 'archiveCoupon' : 'closeCoupon';
  return (
    <>
      {end ? (
        <Button
          kind={end === 'close' ? 'stop' : 'plain'}
          unless={may(operation) ? null : t('frame.needsRole', { role: neededRole(operation) })}
          onPress={() => setAsking(end)}
        >
          {t(`after.end-${end}`)} …
        </Button>
      ) : null}
      {asking ? (
        <EndCoupon
          coupon={coupon}
          end={asking}
          onClose={() => setAsking(null)}
          onDone={(close) => {
            setAsking(null);
            onClosed(close);
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
  const { id: couponId, version, name, state } = coupon;
  const path = { couponId };
  const plan = useLoad<{ readonly coupon: { readonly left: number } }>(
    (signal) => {
      const input = { path, body: { dryRun: true }, signal, withinMs: LONG_MS };
      return end === 'close' ? call('closeCoupon', input) : call('archiveCoupon', input);
    },
    [version],
  );
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
        <p>
          {plan.data ? t('after.closeLeft', { left: plan.data.coupon.left }) : null} {t('after.closeText')}
        </p>
      ) : (
        <p>{t(state === 'DRAFT' ? 'after.archiveDraft' : 'after.archiveText')}</p>
      )}
      {plan.loading ? <Running text={t('after.asking')} /> : null}
      <ErrorNotice error={plan.error} />
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
