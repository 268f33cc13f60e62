import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function Events() {
  return <PageHead title={t('events.title')} />;
}
