import { formatCountdown, formatTime } from '../format.ts';
import { serverNowTicking } from '../server-clock.ts';
import { manner, show } from '../show.ts';

interface TimeProps {
  readonly at: string | null | undefined;
  readonly precision?: 'minute' | 'second' | 'millisecond';
  /** "in 3 hours" behind it. */
  readonly distance?: boolean;
}

/** In the zone that is chosen; UTC in its title. */
export function Time({ at, precision = 'minute', distance }: TimeProps) {
  if (!at) return <span>{formatTime(null, manner())}</span>;
  return (
    <time dateTime={at} title={`${formatTime(at, { zone: 'UTC' }, 'second')} UTC`}>
      {show.time(at, precision)}
      {distance ? <span class="distance"> {show.distance(at)}</span> : null}
    </time>
  );
}

/** Until then, by the server's clock. */
export function Countdown({ to }: { readonly to: string }) {
  return (
    <span class="countdown" role="timer">
      {formatCountdown(new Date(to).getTime() - serverNowTicking())}
    </span>
  );
}
