// The named operators, and the command that adds one: tokens are made on the server, and never pass through this page.
import { useState } from 'preact/hooks';
import { call } from '../../api.ts';
import type { Role } from '../../api-types.ts';
import { useLoad } from '../../load.ts';
import { Badge } from '../../parts/badge.tsx';
import { Copy } from '../../parts/copy.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { Empty, ErrorNotice, Loading } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { isOperatorName, session } from '../../session-state.ts';
import { t, textOf } from '../../texts.ts';
import { ROLES } from './roles.ts';

const roleText = (role: Role) => textOf(`frame.role-${role}`, role);

export function Operators() {
  const { data, error, reload } = useLoad((signal) => call('listOperators', { signal }), []);
  return (
    <Panel title={t('people.operators')}>
      <ErrorNotice error={error} onRetry={reload} />
      {data === undefined && error === null ? <Loading /> : null}
      {data ? (
        <Table
          label={t('people.operators')}
          columns={[
            { name: 'name', title: t('people.name'), cell: ({ name }) => <Name name={name} />, kind: 'wide' },
            { name: 'role', title: t('people.role'), cell: ({ role }) => roleText(role) },
          ]}
          rows={data.operators}
          rowKey={({ name }) => name}
          empty={<Empty title={t('people.noOperators')}>{t('people.noOperatorsText')}</Empty>}
        />
      ) : null}
      {data ? <AddOperator file={data.file} /> : null}
    </Panel>
  );
}

function Name({ name }: { readonly name: string }) {
  return (
    <>
      <strong>{name}</strong>{' '}
      {name === session.value?.operator ? <Badge tone="accent">{t('people.isYou')}</Badge> : null}
    </>
  );
}

function AddOperator({ file }: { readonly file: string | null }) {
  const [name, setName] = useState('alice');
  const [role, setRole] = useState<Role>('operator');
  const valid = isOperatorName(name);
  const given = file === null ? '' : ` --file ${quoted(file)}`;
  const command = `couponrush operator add ${valid ? name : 'NAME'} --role ${role}${given}`;
  return (
    <details class="add-operator">
      <summary>{t('people.add')}</summary>
      <div class="add-operator-body">
        <p>{t('people.addText')}</p>
        {file === null ? <p>{t('people.addFile', { setting: 'COUPONRUSH_OPERATORS_FILE' })}</p> : null}
        <div class="fields">
          <TextField
            label={t('people.newName')}
            value={name}
            onInput={setName}
            maxLength={64}
            problem={valid ? null : t('people.nameProblem')}
          />
          <SelectField
            label={t('people.newRole')}
            value={role}
            onInput={setRole}
            options={ROLES.map((value) => ({ value, text: roleText(value) }))}
          />
        </div>
        <div class="command">
          <code>{command}</code>
          <Copy text={command}>{t('people.copyCommand')}</Copy>
        </div>
        <p class="muted">{t('people.addLater', { command: 'couponrush operator remove' })}</p>
      </div>
    </details>
  );
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
