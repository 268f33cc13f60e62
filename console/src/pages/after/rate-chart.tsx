// How many were issued in each step of an event, as bars: an event may last one second, and a line needs two.
import { formatClock } from '../../format.ts';
import { zone } from '../../preferences.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import type { Report } from './figures.ts';

const HEIGHT = 100;
/** Room for this many steps at least, so that one bar is no wall. */
const STEPS_MIN = 30;
const GAP = 0.15;

export function RateChart({ rate }: { readonly rate: NonNullable<Report['rate']> }) {
  const { counts, stepSeconds } = rate;
  const steps = Math.max(STEPS_MIN, counts.length);
  const most = Math.max(1, ...counts);
  const fromMs = new Date(rate.from).getTime();
  const clock = (step: number) => formatClock(fromMs + step * stepSeconds * 1000, { zone: zone.value });
  const label = stepSeconds === 1 ? t('after.rateSecond') : t('after.rate', { step: show.ms(stepSeconds * 1000) });
  return (
    <figure class="rate">
      <figcaption>{label}</figcaption>
      <div class="rate-plot">
        <span class="rate-most">{show.number(most)}</span>
        <span class="rate-none">0</span>
        <svg
          viewBox={`0 0 ${steps} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t('after.rateSummary', { most, from: clock(0), to: clock(counts.length) })}
        >
          {counts.map((count, step) => {
            const height = count === 0 ? 0 : Math.max(1, (count / most) * HEIGHT);
            return (
              <rect key={step} x={step + GAP / 2} y={HEIGHT - height} width={1 - GAP} height={height}>
                <title>{`${clock(step)}: ${show.number(count)}`}</title>
              </rect>
            );
          })}
        </svg>
      </div>
      <div class="rate-times">
        <span>{clock(0)}</span>
        <span>{clock(steps)}</span>
      </div>
    </figure>
  );
}
