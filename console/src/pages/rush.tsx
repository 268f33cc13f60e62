import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function Rush() {
  return <PageHead title={t('rush.title')} />;
}
