// Who moved this coupon when, from what to what, and what came of it.
import { call } from '../../api.ts';
import type { AuditRecord } from '../../api-types.ts';
import { Badge } from '../../parts/badge.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { UserLink } from '../../parts/user-link.tsx';
import { t, textOf } from '../../texts.ts';
import { changesOf } from './changes.ts';
import { PAGE_ROWS, useMore } from './more.ts';
import { MoreListing } from './more-listing.tsx';

interface AuditProps {
  readonly couponId: number;
  /** Read again if this changes. */
  readonly moved: number;
}

export function Audit(props: AuditProps) {
  return (
    <Panel title={t('after.audit')} needs="listAudit">
      <Records {...props} />
    </Panel>
  );
}

function Records({ couponId, moved }: AuditProps) {
  const list = useMore<AuditRecord>(
    async (last, signal) => {
      const query = { couponId, limit: PAGE_ROWS, ...(last ? { before: last.id } : {}) };
      return (await call('listAudit', { query, ...(signal ? { signal } : {}) })).records;
    },
    [couponId, moved],
  );
  return (
    <MoreListing
      list={list}
      label={t('after.audit')}
      columns={columns()}
      rowKey={({ id }) => id}
      empty={<Empty title={t('after.noAudit')} />}
    />
  );
}

const TONES = { APPLIED: 'good', RECORDED: 'note', REFUSED: 'bad' } as const;

function columns(): Column<AuditRecord>[] {
  return [
    { name: 'at', title: t('after.when'), kind: 'digits', cell: ({ at }) => <Time at={at} precision="second" /> },
    {
      name: 'action',
      title: t('after.action'),
      cell: ({ action }) => <span class="whole">{textOf(`moves.${action}`, action)}</span>,
    },
    {
      name: 'result',
      title: t('after.result'),
      cell: ({ result }) => <Badge tone={TONES[result]}>{t(`after.result-${result}`)}</Badge>,
    },
    { name: 'actor', title: t('after.actor'), cell: ({ actor }) => <div class="actor">{actor}</div> },
    { name: 'what', title: t('after.whatChanged'), kind: 'wide', cell: (record) => <What record={record} /> },
  ];
}

function What({ record }: { readonly record: AuditRecord }) {
  const { userId, detail, versionAfter } = record;
  const changes = changesOf(record);
  return (
    <div class="check-row">
      {userId === null ? null : (
        <span>
          {t('user.userId')} <UserLink userId={userId} />
        </span>
      )}
      {changes.length > 0 ? <code>{changes.join(', ')}</code> : null}
      {detail ? <span>{detail}</span> : null}
      {versionAfter === null ? null : (
        <span class="muted">{t('after.version', { version: String(versionAfter) })}</span>
      )}
    </div>
  );
}
