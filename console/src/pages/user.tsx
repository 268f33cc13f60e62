// What happened to one user, for the operator who has them on the phone.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../api.ts';
import { type Loaded, useLoad } from '../load.ts';
import { Badge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { Copy } from '../parts/copy.tsx';
import { Empty, ErrorNotice, Loading, Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/panel.tsx';
import { UserLink } from '../parts/user-link.tsx';
import type { PageProps } from '../route.ts';
import { linkTo } from '../route.ts';
import { may, neededRole } from '../session-state.ts';
import { t } from '../texts.ts';
import { canBeAsked } from './user/address.ts';
import { EraseUser } from './user/erase.tsx';
import { Erasures } from './user/erasures.tsx';
import { HolderCard } from './user/holder.tsx';
import { UserSearch } from './user/search.tsx';

export function User({ params }: PageProps) {
  const { userId } = params;
  if (userId === undefined) return <Users />;
  return <OneUser userId={userId} />;
}

function Search({ value }: { readonly value: string }) {
  return (
    <UserSearch
      label={t('user.searchLabel')}
      hint={t('user.searchHint')}
      value={value}
      addressOf={(userId) => linkTo('user', { userId })}
    />
  );
}

function Users() {
  return (
    <>
      <PageHead title={t('user.title')}>{t('user.subtitle')}</PageHead>
      <Search value="" />
      {may('listErasures') ? <Erasures /> : null}
    </>
  );
}

function OneUser({ userId }: { readonly userId: string }) {
  const [erasing, setErasing] = useState(false);
  const [erased, setErased] = useState<Answer<'eraseUser'> | null>(null);
  const asked = canBeAsked(userId);
  const read = useLoad(asked ? (signal) => call('readUser', { path: { userId }, signal }) : null, [userId]);
  const isErased = read.data?.erased === true;
  return (
    <>
      <PageHead
        title={t('user.user', { user: userId })}
        actions={
          <>
            <Copy />
            {read.data && !isErased ? (
              <Button
                kind="stop"
                unless={may('eraseUser') ? null : t('frame.needsRole', { role: neededRole('eraseUser') })}
                onPress={() => setErasing(true)}
              >
                {t('user.erase')} …
              </Button>
            ) : null}
          </>
        }
      >
        {isErased ? <Badge tone="note">{t('user.pseudonym')}</Badge> : null}
        {read.data ? <span>{t('user.couponCount', { count: read.data.coupons.length + read.data.more })}</span> : null}
      </PageHead>
      <Search value={userId} />
      {asked ? null : <Notice tone="note" title={t('user.cannotBeAsked')} />}
      {erased ? <ErasedNotice answer={erased} onAgain={() => setErasing(true)} /> : null}
      <Coupons read={read} waiting={asked} isErased={erased !== null} />
      {erasing && read.data ? (
        <EraseUser
          userId={read.data.userId}
          onClose={() => setErasing(false)}
          onErased={(answer) => {
            setErased(answer);
            read.reload();
          }}
        />
      ) : null}
    </>
  );
}

interface CouponsProps {
  readonly read: Loaded<Answer<'readUser'>>;
  readonly waiting: boolean;
  /** A moment ago: that there is nothing is said already. */
  readonly isErased: boolean;
}

function Coupons({ read, waiting, isErased }: CouponsProps) {
  const { data, error, loading, reload } = read;
  return (
    <>
      <ErrorNotice error={error} onRetry={reload} />
      {loading && !data && waiting ? <Loading lines={4} /> : null}
      {data?.erased ? <Notice tone="note" title={t('user.pseudonymText')} /> : null}
      {data && data.coupons.length === 0 && !isErased ? (
        <div class="panel">
          <Empty title={t('user.none')}>{t('user.noneText')}</Empty>
        </div>
      ) : null}
      {data?.coupons.map((holder) => (
        <HolderCard key={holder.couponId} holder={holder} onChanged={reload} />
      ))}
      {data && data.more > 0 ? <p class="muted">{t('user.more', { count: data.more })}</p> : null}
    </>
  );
}

interface ErasedProps {
  readonly answer: Answer<'eraseUser'>;
  readonly onAgain: () => void;
}

function ErasedNotice({ answer, onAgain }: ErasedProps) {
  const { pseudonym, coupons, inEffect } = answer;
  if (pseudonym === null) return <Notice title={t('user.eraseNothing')} />;
  if (!inEffect) {
    return (
      <Notice tone="bad" title={t('user.erasedPart')} action={{ text: t('user.eraseAgain'), onPress: onAgain }}>
        <p>{t('user.erasedPartText')}</p>
      </Notice>
    );
  }
  return (
    <Notice tone="good" title={t('user.erased', { count: coupons.length })}>
      <p>
        {t('user.erasedText')} <UserLink userId={pseudonym} />
      </p>
    </Notice>
  );
}
