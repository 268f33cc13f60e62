// What was rehearsed with a coupon, as far as the server still knows it.
import { type Answer, call } from '../../api.ts';
import { useLoad, useRereading } from '../../load.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Empty, ErrorNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';

type Run = Answer<'listRehearsals'>['rehearsals'][number];

const REREAD_MS = 2000;

interface EarlierProps {
  readonly couponId: number;
  /** The one that stands above. */
  readonly shown: number | null;
  readonly onShow: (rehearsalId: number) => void;
}

export function Earlier({ couponId, shown, onShow }: EarlierProps) {
  const { data, error, reload } = useLoad(
    (signal) => call('listRehearsals', { path: { couponId }, signal }),
    [couponId, shown],
  );
  const rows = data?.rehearsals;
  const runs = rows?.some(({ state }) => state === 'running') ?? false;
  useRereading(reload, REREAD_MS, runs);
  return (
    <Panel title={t('rehearsal.earlier')}>
      <ErrorNotice error={error} onRetry={reload} />
      {error !== null && rows === undefined ? null : (
        <Table
          label={t('rehearsal.earlier')}
          columns={[
            { name: 'time', title: t('rehearsal.time'), cell: (run) => <Started run={run} /> },
            { name: 'outcome', title: t('rehearsal.outcome'), cell: (run) => <OutcomeBadge run={run} /> },
            { name: 'users', title: t('rehearsal.users'), kind: 'digits', cell: (run) => show.number(run.users) },
            { name: 'by', title: t('rehearsal.by'), kind: 'wide', cell: (run) => run.actor },
            {
              name: 'open',
              title: t('rehearsal.open'),
              cell: (run) =>
                run.id === shown ? null : (
                  <Button
                    small
                    kind="quiet"
                    label={`${t('rehearsal.open')} ${show.time(run.startedAt, 'second')}`}
                    onPress={() => onShow(run.id)}
                  >
                    {t('rehearsal.open')}
                  </Button>
                ),
            },
          ]}
          rows={rows}
          rowKey={({ id }) => id}
          empty={<Empty title={t('rehearsal.earlierNone')}>{t('rehearsal.earlierNoneText')}</Empty>}
        />
      )}
    </Panel>
  );
}

function Started({ run }: { readonly run: Run }) {
  return (
    <span class="rehearsal-time">
      <Time at={run.startedAt} precision="second" />
    </span>
  );
}

function OutcomeBadge({ run }: { readonly run: Run }) {
  if (run.state === 'running') return <Badge tone="accent">{t('rehearsal.running')}</Badge>;
  if (run.state === 'failed') return <Badge tone="bad">{t('rehearsal.failed')}</Badge>;
  return run.proven ? (
    <Badge tone="good">{t('rehearsal.proven')}</Badge>
  ) : (
    <Badge tone="bad">{t('rehearsal.notProven')}</Badge>
  );
}
