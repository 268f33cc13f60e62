// Which coupon is rehearsed with: one that was made for it, or a new one.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import { type Loaded, useLoad } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { LeftBar, nameOf, PhaseBadge } from '../../parts/coupon.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { SelectField } from '../../parts/field.tsx';
import { Empty, ErrorNotice, Loading, Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { linkTo } from '../../route.ts';
import { may, neededRole } from '../../session-state.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import { CreateCoupon } from './create-coupon.tsx';

type Coupon = Answer<'readCoupon'>;

const STATES = ['OPEN', 'PAUSED', 'DRAFT'] as const;
const EACH_MAX = 100;

interface ChoiceProps {
  readonly couponId: number | null;
  readonly coupon: Loaded<Coupon>;
  readonly onChoose: (couponId: number) => void;
}

export function CouponChoice({ couponId, coupon, onChoose }: ChoiceProps) {
  const [creating, setCreating] = useState(false);
  const list = useLoad(listRehearsalCoupons, []);
  const chosen = coupon.data?.id === couponId ? (coupon.data ?? null) : null;
  const created = (id: number) => {
    setCreating(false);
    list.reload();
    onChoose(id);
  };
  return (
    <Panel
      title={t('rehearsal.coupon')}
      aside={
        <Button
          small
          unless={may('createCoupon') ? null : t('frame.needsRole', { role: neededRole('createCoupon') })}
          onPress={() => setCreating(true)}
        >
          {t('rehearsal.create')}
        </Button>
      }
    >
      <ErrorNotice error={list.error} onRetry={list.reload} />
      {list.data === undefined && list.error === null ? <Loading lines={1} /> : null}
      {list.data?.length === 0 && chosen === null ? (
        <Empty title={t('rehearsal.noCoupons')}>{t('rehearsal.noCouponsText')}</Empty>
      ) : null}
      {list.data && (list.data.length > 0 || chosen?.rehearsal) ? (
        <Select
          coupons={withChosen(list.data, chosen)}
          couponId={chosen?.rehearsal ? couponId : null}
          {...{ onChoose }}
        />
      ) : null}
      <ErrorNotice error={couponId === null ? null : coupon.error} onRetry={coupon.reload} />
      {chosen ? <Chosen coupon={chosen} onPreloaded={coupon.reload} /> : null}
      {creating ? <CreateCoupon onCreated={created} onClose={() => setCreating(false)} /> : null}
    </Panel>
  );
}

type Listed = Pick<Coupon, 'id' | 'name'>;

/** Newest first. */
async function listRehearsalCoupons(signal: AbortSignal): Promise<Listed[]> {
  const lists = await Promise.all(
    STATES.map((state) => call('listCoupons', { query: { state, limit: EACH_MAX }, signal })),
  );
  return lists
    .flatMap(({ coupons }) => coupons)
    .filter(({ rehearsal }) => rehearsal === true)
    .sort((a, b) => b.id - a.id);
}

/** One that was closed since, or was just created, stands in the list too. */
function withChosen(listed: readonly Listed[], chosen: Coupon | null): readonly Listed[] {
  if (chosen === null || !chosen.rehearsal || listed.some(({ id }) => id === chosen.id)) return listed;
  return [chosen, ...listed];
}

interface SelectProps {
  readonly coupons: readonly Listed[];
  readonly couponId: number | null;
  readonly onChoose: (couponId: number) => void;
}

function Select({ coupons, couponId, onChoose }: SelectProps) {
  const options = coupons.map((each) => ({ value: String(each.id), text: `${each.id} · ${nameOf(each)}` }));
  return (
    <SelectField
      label={t('rehearsal.chooseCoupon')}
      value={couponId === null ? '' : String(couponId)}
      options={couponId === null ? [{ value: '', text: t('rehearsal.choose') }, ...options] : options}
      onInput={(value) => {
        if (value !== '') onChoose(Number(value));
      }}
    />
  );
}

function Chosen({ coupon, onPreloaded }: { readonly coupon: Coupon; readonly onPreloaded: () => void }) {
  const [preloading, setPreloading] = useState(false);
  const { id, phase, live, totalStock } = coupon;
  if (!coupon.rehearsal) {
    return (
      <Notice tone="note" title={t('rehearsal.notOne', { id: String(id) })}>
        <p>{t('rehearsal.notOneText')}</p>
      </Notice>
    );
  }
  const left = live?.left ?? coupon.left;
  return (
    <div class="rehearsal-coupon">
      <LeftBar left={left} total={totalStock} />
      <div class="rehearsal-facts">
        <span>
          <strong>{show.number(left)}</strong> {t('rehearsal.leftOf', { total: show.number(totalStock) })}
        </span>
        <PhaseBadge coupon={coupon} />
        <a href={linkTo('rush', { couponId: id })}>{t('rehearsal.toRush')}</a>
      </div>
      {phase === 'draft' ? (
        <Notice
          tone="note"
          title={t('rehearsal.needsPreload')}
          action={
            may('preloadCoupon') ? { text: t('rehearsal.preload'), onPress: () => setPreloading(true) } : undefined
          }
        />
      ) : null}
      {phase === 'sold-out' ? <Notice tone="note" title={t('rehearsal.nothingLeft')} /> : null}
      {phase !== null && !['draft', 'open', 'sold-out'].includes(phase) ? (
        <Notice tone="note" title={t('rehearsal.notOpen')} />
      ) : null}
      {preloading ? (
        <Confirm
          title={t('rehearsal.preload')}
          verb={t('rehearsal.preload')}
          reason="none"
          onClose={() => setPreloading(false)}
          onDone={() => {
            setPreloading(false);
            onPreloaded();
          }}
          onConfirm={() => call('preloadCoupon', { path: { couponId: id }, body: {} })}
        >
          <p>{t('rehearsal.preloadText', { id: String(id) })}</p>
        </Confirm>
      ) : null}
    </div>
  );
}
