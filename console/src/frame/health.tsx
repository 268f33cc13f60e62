// Whether coupons are issued, by whom, and how old that is: one line, in words.

import { ageMs, connected, look, stale } from '../live.ts';
import type { Tone } from '../parts/badge.tsx';
import { show } from '../show.ts';
import { t, textOf } from '../texts.ts';

export function Health() {
  const current = look.value;
  const { tone, text } = stateOf();
  const seconds = ageMs.value === null ? null : Math.floor(ageMs.value / 1000);
  return (
    <div class={`health ${tone}`} title={current ? show.time(current.at, 'second') : undefined}>
      <span class="health-dot" aria-hidden="true" />
      <span class="health-text" role="status">
        {text}
      </span>
      <span class="health-age">
        {seconds === null ? '' : stale.value ? t('frame.ageStale', { seconds }) : t('frame.ageLive')}
      </span>
    </div>
  );
}

function stateOf(): { readonly tone: Tone; readonly text: string } {
  const current = look.value;
  if (current === null) return { tone: 'quiet', text: t('frame.connecting') };
  if (!connected.value || stale.value) return { tone: 'bad', text: t('frame.disconnected') };
  if (current.redis === 'unreachable') return { tone: 'bad', text: t('frame.redisDown') };
  if (current.gate !== 'open') return { tone: 'bad', text: textOf(`frame.gate-${current.gate}`, current.gate) };
  if (current.mysql === 'unreachable') return { tone: 'note', text: t('frame.mysqlDown') };
  return { tone: 'good', text: t('frame.gate-open') };
}
