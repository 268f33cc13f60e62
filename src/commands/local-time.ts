// Times for people: in the operator's zone, with its offset, so that what is read can be given to a command again. What
// is for programs (--json, CSV) stays UTC.
import { InvalidArgumentError } from 'commander';
import type { Config } from '../config.ts';
import { distance } from '../coupons/distance.ts';
import { timeZone } from '../setting-kinds.ts';

export interface ZoneOption {
  readonly timeZone?: string;
}

export const zoneOption: [string, string, (text: string) => string] = [
  '--time-zone <name>',
  'in which times are shown, such as Asia/Seoul (COUPONRUSH_TIME_ZONE)',
  (text) => {
    try {
      return timeZone.parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`It ${(error as Error).message}.`);
    }
  },
];

/** Of the option, else of the setting, else of this machine. */
export function zoneOf(options: ZoneOption, config: Pick<Config, 'timeZone'>): string {
  return options.timeZone ?? config.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  formats.set(zone, format);
  return format;
}

/** ISO 8601 with the offset of the zone at that moment, to the second: `2026-12-01T10:00:00+09:00`. */
export function localTime(time: Date | string, zone: string): string {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(new Date(time))
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? '';
  // GMT, GMT+09:00, and with seconds for some places of the past.
  const offset = part('timeZoneName').replace(/^GMT/, '').slice(0, 6) || '+00:00';
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  return `${date}T${part('hour')}:${part('minute')}:${part('second')}${offset === '+00:00' ? 'Z' : offset}`;
}

/** Both: `2026-12-01T10:00:00+09:00 (in 15 h)`. */
export function timeInWords(time: Date | string, zone: string, nowMs: number): string {
  return `${localTime(time, zone)} (${distance(time, nowMs)})`;
}
