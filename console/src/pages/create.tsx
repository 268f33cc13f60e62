import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function Create() {
  return <PageHead title={t('create.title')} />;
}
