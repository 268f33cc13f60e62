// What the server runs with, and what each setting means.
import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api.ts';
import { useLoad } from '../../load.ts';
import { CheckField, TextField } from '../../parts/field.tsx';
import { Empty, ErrorNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { t, textOf } from '../../texts.ts';

type Setting = Answer<'listSettings'>['settings'][number];

export function Settings() {
  const { data, error, reload } = useLoad((signal) => call('listSettings', { signal }), []);
  const [search, setSearch] = useState('');
  const [changedOnly, setChangedOnly] = useState(true);
  const all = data?.settings;
  const found = all?.filter((each) => fits(each, search) && (!changedOnly || each.origin !== 'default'));
  const count = found?.length ?? 0;
  return (
    <Panel title={t('system.settings')} aside={all ? t('system.shown', { count, total: all.length }) : null}>
      <p class="muted">{t('system.settingsText')}</p>
      <div class="settings-search">
        <TextField
          label={t('system.search')}
          placeholder={t('system.searchHint')}
          type="search"
          value={search}
          onInput={setSearch}
          maxLength={100}
        />
        <CheckField label={t('system.changedOnly')} value={changedOnly} onInput={setChangedOnly} />
      </div>
      <ErrorNotice error={error} onRetry={reload} />
      {error !== null && all === undefined ? null : (
        <Table
          label={t('system.settings')}
          columns={[
            {
              name: 'setting',
              title: t('system.setting'),
              kind: 'wide',
              cell: ({ name, meaning }) => (
                <>
                  <code class="setting-name">{name}</code>
                  {/* Meanings come from the server, and are in English. */}
                  <p class="muted" lang="en">
                    {meaning}
                  </p>
                </>
              ),
            },
            {
              name: 'value',
              title: t('system.value'),
              cell: ({ value }) => <code class="setting-value">{value}</code>,
            },
            {
              name: 'origin',
              title: t('system.origin'),
              cell: ({ origin }) => <span class="setting-origin">{textOf(`system.origin-${origin}`, origin)}</span>,
            },
          ]}
          rows={found}
          rowKey={({ name }) => name}
          rowTone={({ origin }) => (origin === 'default' ? 'quiet' : undefined)}
          empty={<Empty title={t('system.none')}>{t('system.noneText')}</Empty>}
        />
      )}
    </Panel>
  );
}

/** Each word must be found somewhere. */
function fits({ name, value, meaning }: Setting, search: string): boolean {
  const text = `${name} ${value} ${meaning}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
