import { PageHead } from '../parts/panel.tsx';
import { t } from '../texts.ts';

export function Rehearsal() {
  return <PageHead title={t('rehearsal.title')} />;
}
