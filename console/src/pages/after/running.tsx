import { useEffect, useState } from 'preact/hooks';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';

const TICK_MS = 500;

/** Long work: that it runs, and for how long. The time is not read aloud. */
export function Running({ text }: { readonly text: string }) {
  const [ms, setMs] = useState(0);
  useEffect(() => {
    const startedAt = performance.now();
    const timer = setInterval(() => setMs(performance.now() - startedAt), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="still-running">
      <span class="running-mark" aria-hidden="true" />
      <span role="status">{text}</span>
      <span class="muted" aria-hidden="true">
        {t('after.seconds', { seconds: show.number(Math.floor(ms / 1000)) })}
      </span>
    </p>
  );
}
