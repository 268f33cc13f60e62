// Who was issued the coupon: one user, a page of the list, or all of it as a file. Never more than a page is loaded.
import { call, callLines, urlOf } from '../../api.ts';
import type { UserId } from '../../api-types.ts';
import { useLoad } from '../../load.ts';
import { Listing } from '../../parts/listing.tsx';
import { Empty, ErrorNotice, Loading, Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { UserLink } from '../../parts/user-link.tsx';
import { zone } from '../../preferences.ts';
import { linkTo } from '../../route.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import { canBeAsked } from '../user/address.ts';
import { HolderCard, StatusBadge } from '../user/holder.tsx';
import { UserSearch } from '../user/search.tsx';

const WINNERS_A_PAGE = 20;

interface Winner {
  readonly sequence: number;
  readonly userId: UserId;
  readonly state: string;
  readonly issuedAt: string | null;
  readonly persistedAt: string | null;
}

interface WinnersProps {
  readonly couponId: number;
  /** Of the address: `user` who is searched for, and `from`, the number behind which the page begins. */
  readonly query: URLSearchParams;
  /** Read again if this changes. */
  readonly moved: number;
}

export function Winners({ couponId, query, moved }: WinnersProps) {
  const searched = query.get('user');
  return (
    <Panel title={t('after.winners')} needs="listWinners" aside={<Downloads couponId={couponId} />}>
      <UserSearch
        key={searched ?? ''}
        label={t('after.searchUser')}
        value={searched ?? ''}
        addressOf={(userId) => linkTo('after', { couponId }, { user: userId })}
      />
      {searched === null ? (
        <Page couponId={couponId} after={startOf(query.get('from'))} moved={moved} />
      ) : (
        <Found key={searched} couponId={couponId} userId={searched} />
      )}
    </Panel>
  );
}

function startOf(text: string | null): number {
  const after = Number(text ?? 0);
  return Number.isSafeInteger(after) && after > 0 ? after : 0;
}

function Downloads({ couponId }: { readonly couponId: number }) {
  const file = `winners-${couponId}`;
  const excel = { format: 'excel', timeZone: zone.value } as const;
  return (
    <>
      <a class="button small" href={urlOf('listWinners', { couponId }, excel)} download={`${file}-excel.csv`}>
        Excel
      </a>
      <a class="button small" href={urlOf('listWinners', { couponId }, { format: 'csv' })} download={`${file}.csv`}>
        CSV
      </a>
    </>
  );
}

function Found({ couponId, userId }: { readonly couponId: number; readonly userId: string }) {
  const asked = canBeAsked(userId);
  const read = useLoad(asked ? (signal) => call('readHolder', { path: { couponId, userId }, signal }) : null, [
    couponId,
    userId,
  ]);
  const none = read.error?.code === 'NOT_ISSUED_COUPON';
  return (
    <>
      {read.loading && !read.data ? <Loading /> : null}
      {asked ? null : <Notice tone="note" title={t('user.cannotBeAsked')} />}
      {none ? (
        <Empty title={t('after.notIssued', { user: userId })}>
          <a href={linkTo('user', { userId })}>{t('after.toUser')}</a>
        </Empty>
      ) : (
        <ErrorNotice error={read.error} onRetry={read.reload} />
      )}
      {read.data && !read.error ? <HolderCard withUser holder={read.data} onChanged={read.reload} /> : null}
      <p>
        <a href={linkTo('after', { couponId })}>{t('after.allWinners')}</a>
      </p>
    </>
  );
}

function Page({ couponId, after, moved }: Omit<WinnersProps, 'query'> & { readonly after: number }) {
  // One more than is shown: whether there is a next page.
  const query = { format: 'jsonl', after, limit: WINNERS_A_PAGE + 1 } as const;
  const { data, error, reload } = useLoad(
    (signal) => callLines<Winner>('listWinners', { path: { couponId }, query, signal }),
    [couponId, after, moved],
  );
  const rows = data?.slice(0, WINNERS_A_PAGE);
  const last = rows?.at(-1)?.sequence;
  const hasNext = data !== undefined && data.length > WINNERS_A_PAGE && last !== undefined;
  return (
    <>
      <Listing
        error={error}
        onRetry={reload}
        label={t('after.winners')}
        columns={columns()}
        rows={rows}
        rowKey={({ sequence }) => sequence}
        empty={
          <Empty title={after > 0 ? t('after.noMoreWinners') : t('after.nothingIssued')}>{t('after.nobody')}</Empty>
        }
      />
      <nav class="winner-pages" aria-label={t('after.pagesOfWinners')}>
        {after > 0 ? (
          <>
            <a class="button small" href={linkTo('after', { couponId })}>
              {t('after.firstPage')}
            </a>
            <a class="button small" href={linkTo('after', { couponId }, { from: Math.max(0, after - WINNERS_A_PAGE) })}>
              {t('after.previousPage')}
            </a>
          </>
        ) : null}
        {hasNext ? (
          <a class="button small" href={linkTo('after', { couponId }, { from: last })}>
            {t('after.nextPage')}
          </a>
        ) : null}
        {rows && rows.length > 0 && last !== undefined ? (
          <span class="muted">{t('after.numbers', { first: rows[0]?.sequence ?? 0, last })}</span>
        ) : null}
      </nav>
    </>
  );
}

function columns(): Column<Winner>[] {
  return [
    {
      name: 'sequence',
      title: t('after.number'),
      kind: 'digits',
      cell: ({ sequence }) => show.number(sequence),
    },
    {
      name: 'user',
      title: t('user.userId'),
      kind: 'wide',
      cell: ({ userId }) => <UserLink userId={userId} />,
    },
    { name: 'state', title: t('after.state'), cell: ({ state }) => <StatusBadge status={state} /> },
    {
      name: 'issued',
      title: t('after.issuedAt'),
      kind: 'digits',
      cell: ({ issuedAt }) => <Time at={issuedAt} precision="millisecond" />,
    },
    {
      name: 'persisted',
      title: t('after.inMysqlAfter'),
      kind: 'digits',
      cell: ({ issuedAt, persistedAt }) =>
        issuedAt && persistedAt ? show.ms(new Date(persistedAt).getTime() - new Date(issuedAt).getTime()) : '–',
    },
  ];
}
