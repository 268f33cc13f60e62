// The installation: stores, gate, processes, what its promises rest on, and its settings.
import { useEffect } from 'preact/hooks';
import { call } from '../api.ts';
import { look } from '../live.ts';
import { useLoad, useRereading } from '../load.ts';
import { ErrorNotice, Loading } from '../parts/notice.tsx';
import { PageHead, Panel } from '../parts/panel.tsx';
import { linkTo, type PageProps } from '../route.ts';
import { may } from '../session-state.ts';
import { t } from '../texts.ts';
import { Gate } from './system/gate.tsx';
import { Processes } from './system/processes.tsx';
import { Promises } from './system/promises.tsx';
import { Settings } from './system/settings.tsx';
import { Stores } from './system/stores.tsx';

const REREAD_MS = 10_000;

export function System(_: PageProps) {
  const system = useLoad((signal) => call('readSystem', { signal }), []);
  const current = look.value;
  // A store that came or went: what is said of it is read again.
  const standing = current ? `${current.redis} ${current.mysql} ${current.gate}` : '';
  // biome-ignore format: one line each
  useEffect(() => { system.reload(); }, [standing, system.reload]);
  useRereading(system.reload, REREAD_MS);
  const { data, error } = system;
  return (
    <>
      <PageHead title={t('system.title')}>
        {data ? t('system.lead', { version: data.version, node: data.node }) : null}
      </PageHead>
      <ErrorNotice error={error} onRetry={system.reload} />
      {data === undefined && error === null ? <Loading lines={6} /> : null}
      {data ? <Stores system={data} /> : null}
      <div class="system-parts">
        <Gate />
        <Processes />
        {data ? <Links grafanaUrl={data.grafanaUrl} /> : null}
      </div>
      {data ? <Promises promises={data.promises} /> : null}
      {may('listSettings') ? <Settings /> : null}
    </>
  );
}

function Links({ grafanaUrl }: { readonly grafanaUrl: string | null }) {
  return (
    <Panel title={t('system.links')}>
      <ul class="link-list">
        <li>
          {isWeb(grafanaUrl) ? (
            <a href={grafanaUrl} target="_blank" rel="noreferrer">
              {t('system.grafana')}
            </a>
          ) : (
            <span class="muted">{t('system.noGrafana', { setting: 'GRAFANA_URL' })}</span>
          )}
        </li>
        <li>
          <a href={linkTo('runbook')}>{t('system.runbook')}</a>
        </li>
        <li>
          <a href="/openapi.json" target="_blank" rel="noreferrer">
            {t('system.openapi')}
          </a>
        </li>
      </ul>
    </Panel>
  );
}

/** The server has checked it already; a link that runs a script is not made in any case. */
function isWeb(url: string | null): url is string {
  return url !== null && /^https?:\/\//.test(url);
}
