// Who may do what, who is logged in, and who else can log in.
import { call } from '../api.ts';
import { useLoad } from '../load.ts';
import { Badge } from '../parts/badge.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead, Panel } from '../parts/panel.tsx';
import { Time } from '../parts/time.tsx';
import type { PageProps } from '../route.ts';
import { givenName, may, session } from '../session-state.ts';
import { t, textOf } from '../texts.ts';
import { Operators } from './people/operators.tsx';
import { RoleTable } from './people/role-table.tsx';

export function People(_: PageProps) {
  return (
    <>
      <PageHead title={t('people.title')}>{t('people.lead')}</PageHead>
      <div class="people-top">
        <You />
        {may('listOperators') ? <Operators /> : null}
      </div>
      <RoleTable />
    </>
  );
}

function You() {
  const current = session.value;
  // Its end has moved since the login.
  const read = useLoad(current ? (signal) => call('readSession', { signal }) : null, [current]);
  if (!current) return null;
  const expiresAt = read.data ? read.data.expiresAt : current.expiresAt;
  const name = current.operator ?? (givenName.value || t('frame.sharedToken'));
  return (
    <Panel title={t('people.you')}>
      <dl class="fact-list">
        <div>
          <dt>{t('people.youAre')}</dt>
          <dd>
            <strong>{name}</strong>
          </dd>
        </div>
        <div>
          <dt>{t('people.yourRole')}</dt>
          <dd>
            <Badge tone="accent">{textOf(`frame.role-${current.role}`, current.role)}</Badge>
          </dd>
        </div>
        {expiresAt ? (
          <div>
            <dt>{t('people.sessionEnds')}</dt>
            <dd>
              <Time at={expiresAt} distance />
              <p class="hint">{t('people.sessionHint')}</p>
            </dd>
          </div>
        ) : null}
      </dl>
      {current.operator === null ? <Notice tone="note" title={t('people.sharedHint')} /> : null}
    </Panel>
  );
}
