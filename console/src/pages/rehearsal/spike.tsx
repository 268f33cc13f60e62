// How many ask, and the question before they do.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import { look } from '../../live.ts';
import { Button } from '../../parts/button.tsx';
import { nameOf } from '../../parts/coupon.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { CheckField, TextField } from '../../parts/field.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { may, neededRole } from '../../session-state.ts';
import { t } from '../../texts.ts';
import { wholeNumber } from './whole-number.ts';

const USERS_MAX = 10_000;
/** As the admin API has it if nothing is said: far above the ids of real users. */
const FIRST_DEFAULT = 9_000_000_000_000_001;
const FIRST_MAX = Number.MAX_SAFE_INTEGER - USERS_MAX;

interface SpikeProps {
  /** null: none is chosen that was made for it. */
  readonly coupon: Answer<'readCoupon'> | null;
  readonly onStarted: (rehearsalId: number) => void;
}

export function Spike({ coupon, onStarted }: SpikeProps) {
  const [users, setUsers] = useState('1000');
  const [first, setFirst] = useState(String(FIRST_DEFAULT));
  const [duplicates, setDuplicates] = useState(false);
  const [asking, setAsking] = useState(false);
  const count = wholeNumber(users, USERS_MAX);
  const firstUser = wholeNumber(first, FIRST_MAX);
  const start = async () => {
    if (coupon === null || count === null || firstUser === null) return;
    const body = { users: count, firstUser, duplicates };
    const begun = await call('rehearseCoupon', { path: { couponId: coupon.id }, body });
    setAsking(false);
    // The next rehearsal has new users, who are not answered that they have it already.
    setFirst(String(firstUser + count));
    onStarted(begun.id);
  };
  return (
    <Panel title={t('rehearsal.spike')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reasonAgainst(coupon, count, firstUser) === null) setAsking(true);
        }}
      >
        <div class="fields">
          <TextField
            label={t('rehearsal.users')}
            value={users}
            onInput={setUsers}
            numeric
            maxLength={7}
            problem={count === null ? t('rehearsal.usersProblem') : null}
          />
          <TextField
            label={t('rehearsal.firstUser')}
            hint={t('rehearsal.firstUserHint')}
            value={first}
            onInput={setFirst}
            numeric
            maxLength={20}
            problem={firstUser === null ? t('rehearsal.firstUserProblem') : null}
          />
        </div>
        <CheckField label={t('rehearsal.duplicates')} value={duplicates} onInput={setDuplicates} />
        <div>
          <Button kind="main" type="submit" unless={reasonAgainst(coupon, count, firstUser)}>
            {t('rehearsal.start')}
          </Button>
        </div>
      </form>
      {asking && coupon && count !== null && firstUser !== null ? (
        <Confirm
          title={t('rehearsal.startTitle')}
          verb={t('rehearsal.start')}
          reason="none"
          onConfirm={start}
          onClose={() => setAsking(false)}
          onDone={() => undefined}
        >
          <p>
            {t('rehearsal.startText', {
              id: String(coupon.id),
              first: String(firstUser),
              last: String(firstUser + count - 1),
            })}
          </p>
          <p>{t('rehearsal.startUsers')}</p>
          {duplicates ? <p>{t('rehearsal.startDuplicates', { requests: 2 * count })}</p> : null}
          <OthersRun couponId={coupon.id} />
        </Confirm>
      ) : null}
    </Panel>
  );
}

function reasonAgainst(coupon: SpikeProps['coupon'], count: number | null, firstUser: number | null): string | null {
  if (!may('rehearseCoupon')) return t('frame.needsRole', { role: neededRole('rehearseCoupon') });
  if (coupon === null) return t('rehearsal.chooseFirst');
  if (coupon.phase === 'draft') return t('rehearsal.needsPreload');
  if (coupon.phase !== 'open' && coupon.phase !== 'sold-out') return t('rehearsal.notOpen');
  if (count === null) return t('rehearsal.usersProblem');
  return firstUser === null ? t('rehearsal.firstUserProblem') : null;
}

/** A real event takes place meanwhile: the operator must know. */
function OthersRun({ couponId }: { readonly couponId: number }) {
  const others = (look.value?.coupons ?? []).filter(
    ({ id, phase, rehearsal }) => id !== couponId && phase === 'open' && rehearsal !== true,
  );
  if (others.length === 0) return null;
  return <Notice tone="note" title={t('rehearsal.startLive', { names: others.map(nameOf).join(', ') })} />;
}
