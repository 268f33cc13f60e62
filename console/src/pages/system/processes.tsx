// What runs, on all nodes together, as Redis sees it.
import { isOld, look } from '../../live.ts';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { show } from '../../show.ts';
import { t, textOf } from '../../texts.ts';

export function Processes() {
  const processes = look.value?.processes;
  const rows = processes && Object.entries(processes).map(([title, count]) => ({ title, count }));
  // Each node has each title once.
  const nodes = Math.max(0, ...(rows ?? []).map(({ count }) => count));
  const old = rows !== undefined && isOld('redis');
  const aside = old ? t('rush.stale') : nodes > 0 ? t('system.nodes', { count: nodes }) : null;
  return (
    <Panel title={t('system.processes')} aside={aside}>
      <Table
        label={t('system.processes')}
        columns={[
          {
            name: 'process',
            title: t('system.process'),
            kind: 'wide',
            cell: ({ title }) => (
              <>
                <strong>{title}</strong>
                <span class="muted process-does">{textOf(`system.does-${title.split(' ')[0]}`, '')}</span>
              </>
            ),
          },
          {
            name: 'count',
            title: t('system.running'),
            kind: 'digits',
            cell: ({ count }) => <span class={old ? 'muted' : undefined}>{show.number(count)}</span>,
          },
        ]}
        rows={rows}
        rowKey={({ title }) => title}
        empty={<Empty title={t('system.noProcesses')}>{t('system.noProcessesText')}</Empty>}
      />
    </Panel>
  );
}
