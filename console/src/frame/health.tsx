// Whether coupons are issued, by whom, and how old that is: one line, in words.

import { ageMs, connected, look, stale } from '../live.ts';
import { show } from '../show.ts';
import { t } from '../texts.ts';
import { standingOf } from './standing.ts';

export function Health() {
  const current = look.value;
  const { tone, text } = standingOf(current, connected.value && !stale.value);
  const seconds = ageMs.value === null ? null : Math.floor(ageMs.value / 1000);
  return (
    <div class={`health ${tone}`} title={current ? show.time(current.at, 'second') : undefined}>
      <span class="health-dot" aria-hidden="true" />
      <span class="health-text" role="status">
        {t(text)}
      </span>
      <span class="health-age">
        {seconds === null ? '' : stale.value ? t('frame.ageStale', { seconds }) : t('frame.ageLive')}
      </span>
    </div>
  );
}
