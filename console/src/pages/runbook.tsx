// The runbook of this very version, so that an alert leads to what to do with nothing else installed.
import { request } from '../api.ts';
import { useLoad } from '../load.ts';
import { Empty, ErrorNotice, Loading } from '../parts/notice.tsx';
import { PageHead, Panel } from '../parts/panel.tsx';
import { linkTo, type PageProps } from '../route.ts';
import { t } from '../texts.ts';
import { Markdown } from './runbook/markdown.tsx';
import { parseRunbook, type Section } from './runbook/parse.ts';

const FILE = '/console/runbook.json';

export function Runbook({ query }: PageProps) {
  const { data, error, reload } = useLoad(async (signal) => {
    const { text } = (await request('GET', FILE, undefined, signal)) as { text: string };
    return parseRunbook(text);
  }, []);
  return (
    <>
      <PageHead title={t('runbook.title')}>{t('runbook.lead')}</PageHead>
      <ErrorNotice error={error} onRetry={reload} />
      {data === undefined && error === null ? <Loading lines={8} /> : null}
      {data ? <Sections sections={data} chosen={query.get('alert')} /> : null}
    </>
  );
}

interface SectionsProps {
  readonly sections: readonly Section[];
  /** Anchor; null: none is asked for. */
  readonly chosen: string | null;
}

function Sections({ sections, chosen }: SectionsProps) {
  const [introduction, ...alerts] = sections;
  const section = chosen === null ? introduction : alerts.find(({ anchor }) => anchor === chosen);
  return (
    <div class="runbook-page">
      <nav class="runbook-list" aria-label={t('runbook.contents')}>
        <a href={linkTo('runbook')} aria-current={chosen === null ? 'page' : undefined}>
          {t('runbook.before')}
        </a>
        {alerts.map(({ anchor, title }) => (
          <a
            key={anchor}
            href={linkTo('runbook', {}, { alert: anchor })}
            aria-current={anchor === chosen ? 'page' : undefined}
          >
            {title.replace(/^Couponrush/, '')}
          </a>
        ))}
      </nav>
      {section ? (
        <Panel title={section.anchor === '' ? t('runbook.before') : section.title}>
          <div class="prose" lang="en">
            <Markdown blocks={section.blocks} anchors={alerts.map(({ title }) => title)} />
          </div>
        </Panel>
      ) : (
        <Empty title={t('runbook.unknown')}>{t('runbook.unknownText')}</Empty>
      )}
    </div>
  );
}
