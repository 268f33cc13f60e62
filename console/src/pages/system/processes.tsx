// What runs, on all nodes together, as Redis sees it.
import { look } from '../../live.ts';
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
  return (
    <Panel title={t('system.processes')} aside={nodes > 0 ? t('system.nodes', { count: nodes }) : null}>
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
          { name: 'count', title: t('system.running'), kind: 'digits', cell: ({ count }) => show.number(count) },
        ]}
        rows={rows}
        rowKey={({ title }) => title}
        empty={<Empty title={t('system.noProcesses')}>{t('system.noProcessesText')}</Empty>}
      />
    </Panel>
  );
}
