// Erasures that have begun and not ended: while there is one, the database still knows whom a pseudonym stands for.
import { call } from '../../api.ts';
import { useLoad } from '../../load.ts';
import { Listing } from '../../parts/listing.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { UserLink } from '../../parts/user-link.tsx';
import { t } from '../../texts.ts';

export function Erasures() {
  const { data, error, reload } = useLoad((signal) => call('listErasures', { signal }), []);
  return (
    <Panel title={t('user.erasures')}>
      <p class="muted">{t('user.erasuresText')}</p>
      <Listing
        error={error}
        onRetry={reload}
        label={t('user.erasures')}
        rows={data?.erasures}
        rowKey={({ pseudonym }) => String(pseudonym)}
        empty={<Empty title={t('user.noErasures')} />}
        columns={[
          {
            name: 'user',
            title: t('user.userId'),
            kind: 'wide',
            cell: ({ userId }) => <UserLink userId={userId} />,
          },
          { name: 'at', title: t('user.requestedAt'), cell: ({ requestedAt }) => <Time at={requestedAt} distance /> },
        ]}
      />
      {data && data.total > data.erasures.length ? (
        <p class="muted">{t('user.moreErasures', { count: data.total - data.erasures.length })}</p>
      ) : null}
    </Panel>
  );
}
