import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function User() {
  return <PageHead title={t('user.title')} />;
}
