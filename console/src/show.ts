// format.ts in the language and the zone that are chosen: components that use it are drawn again if they change.
import {
  formatBytes,
  formatDay,
  formatDistance,
  formatMs,
  formatNumber,
  formatPercent,
  formatTime,
  formatZone,
  type Manner,
} from './format.ts';
import { language, zone } from './preferences.ts';
import { serverNow } from './server-clock.ts';

type Time = string | number | Date | null | undefined;

export function manner(): Manner {
  return { language: language.value, zone: zone.value };
}

export const show = {
  number: (value: number | null | undefined) => formatNumber(value, manner()),
  ms: (value: number | null | undefined) => formatMs(value, manner()),
  bytes: (value: number | null | undefined) => formatBytes(value, manner()),
  percent: (part: number | null | undefined) => formatPercent(part, manner()),
  time: (time: Time, precision?: 'minute' | 'second' | 'millisecond') => formatTime(time, manner(), precision),
  day: (time: string | number | Date) => formatDay(time, manner(), serverNow()),
  /** From the server's now. */
  distance: (time: string | number | Date) => formatDistance(new Date(time).getTime() - serverNow(), manner()),
  zone: (atMs = serverNow()) => formatZone(zone.value, atMs),
};
