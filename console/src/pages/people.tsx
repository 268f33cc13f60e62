import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function People() {
  return <PageHead title={t('people.title')} />;
}
