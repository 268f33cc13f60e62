import type { AuditRecord } from '../../api-types.ts';
import type { Loaded } from '../../load.ts';
import { Badge } from '../../parts/badge.tsx';
import { Empty, ErrorNotice, Loading } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { show } from '../../show.ts';
import { t, textOf } from '../../texts.ts';

/** Who moved it when, newest first. */
export function Timeline({ moves }: { readonly moves: Loaded<readonly AuditRecord[]> }) {
  return (
    <Panel title={t('rush.timeline')} needs="listAudit">
      <Moves moves={moves} />
    </Panel>
  );
}

function Moves({ moves }: { readonly moves: Loaded<readonly AuditRecord[]> }) {
  if (moves.data === undefined && moves.error === null) return <Loading />;
  return (
    <>
      {moves.error?.code === 'STORES_AWAY' ? (
        <p class="muted">{t('rush.movesAway')}</p>
      ) : (
        <ErrorNotice error={moves.error} onRetry={moves.reload} />
      )}
      {moves.data?.length === 0 ? <Empty title={t('rush.noMoves')} /> : null}
      <ol class="dots timeline">
        {moves.data?.map((record) => (
          <li key={record.id} class={record.result === 'REFUSED' ? 'bad' : undefined}>
            <span class="timeline-when">
              <Time at={record.at} precision="second" />
            </span>
            <span class="timeline-what">
              <strong>{textOf(`moves.${record.action}`, record.action)}</strong> {changeOf(record)}
              {record.result === 'REFUSED' ? <Badge tone="bad">{t('rush.refused')}</Badge> : null}
              {record.result === 'RECORDED' ? <Badge tone="note">{t('rush.recorded')}</Badge> : null}
            </span>
            <span class="timeline-who">{record.actor}</span>
            {record.detail ? <span class="timeline-why">{record.detail}</span> : null}
          </li>
        ))}
      </ol>
    </>
  );
}

/** The new stock, if it is about that. */
function changeOf({ action, before, after }: AuditRecord): string {
  const [old, now] = [before?.totalStock, after?.totalStock];
  if (action !== 'restock' || typeof old !== 'number' || typeof now !== 'number') return '';
  return `${show.number(old)} → ${show.number(now)}`;
}
