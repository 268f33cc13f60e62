import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function System() {
  return <PageHead title={t('system.title')} />;
}
