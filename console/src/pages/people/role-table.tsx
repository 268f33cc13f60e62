// Roles x actions: a row for each operation of the API, in groups by the least role.
import { Panel } from '../../parts/panel.tsx';
import { session } from '../../session-state.ts';
import { t, textOf } from '../../texts.ts';
import { allows, groupsOfActions, ROLES, type RoleGroup } from './roles.ts';

export function RoleTable() {
  const own = session.value?.role;
  return (
    <Panel title={t('people.roles')}>
      <p class="muted">{t('people.rolesText')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="table-scroll" tabIndex={0}>
        <table class="role-table" aria-label={t('people.roles')}>
          <thead>
            <tr>
              <th scope="col">{t('people.action')}</th>
              {ROLES.map((role) => (
                <th key={role} scope="col" class={role === own ? 'own' : undefined}>
                  {textOf(`frame.role-${role}`, role)}
                </th>
              ))}
            </tr>
          </thead>
          {groupsOfActions().map((group) => (
            <Group key={group.from} {...group} />
          ))}
        </table>
      </div>
    </Panel>
  );
}

function Group({ from, actions }: RoleGroup) {
  const own = session.value?.role;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={1 + ROLES.length} class="group">
          {textOf(`people.from-${from}`, from)}
        </th>
      </tr>
      {actions.map((id) => (
        <tr key={id}>
          <th scope="row">{textOf(`people.op-${id}`, id)}</th>
          {ROLES.map((role) => (
            <td key={role} class={role === own ? 'own' : undefined}>
              <Mark yes={allows(role, from)} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Mark({ yes }: { readonly yes: boolean }) {
  return (
    <>
      {yes ? (
        <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true" class="tick">
          <path d="M2.5 7.5l3 3 6-7" fill="none" stroke="currentColor" stroke-width="2" />
        </svg>
      ) : (
        <span aria-hidden="true" class="no">
          –
        </span>
      )}
      <span class="unseen">{yes ? t('people.allowed') : t('people.notAllowed')}</span>
    </>
  );
}
