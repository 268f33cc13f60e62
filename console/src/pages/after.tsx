import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function After() {
  return <PageHead title={t('after.title')} />;
}
