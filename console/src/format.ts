// Numbers with their units and times in a zone, for people. No function here knows the page: language and zone
// are given.
import type { Language } from './texts/catalogue.ts';

export interface Manner {
  readonly language: Language;
  /** An IANA name, such as Asia/Seoul. */
  readonly zone: string;
}

/** What stands for a figure that is not known. */
export const UNKNOWN = '–';

const formats = new Map<string, Intl.DateTimeFormat>();

/** 12,345. Of fractions, as many digits as matter. */
export function formatNumber(value: number | null | undefined, { language }: Pick<Manner, 'language'>): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const digits = Math.abs(value) >= 10 || Number.isInteger(value) ? 0 : 1;
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}

/** 1.2 ms, 340 ms, 2.1 s. */
export function formatMs(value: number | null | undefined, manner: Pick<Manner, 'language'>): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (value >= 1000) return `${formatNumber(value / 1000, manner)} s`;
  return `${formatNumber(value, manner)} ms`;
}

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

export function formatBytes(value: number | null | undefined, manner: Pick<Manner, 'language'>): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${formatNumber(scaled, manner)} ${BYTE_UNITS[unit]}`;
}

/** @param part from 0 to 1. 0 % and 100 % are exact: what is between is never rounded to them. */
export function formatPercent(part: number | null | undefined, { language }: Pick<Manner, 'language'>): string {
  if (part === null || part === undefined || !Number.isFinite(part)) return UNKNOWN;
  const rounded = Math.round(part * 1000) / 10;
  const shown = part > 0 && part < 1 ? Math.min(99.9, Math.max(0.1, rounded)) : rounded;
  return `${shown.toLocaleString(language, { maximumFractionDigits: 1 })} %`;
}

/** 2026-12-01 10:00, with seconds if asked for. The same form in every language: it sorts, and it has one reading. */
export function formatTime(
  time: string | number | Date | null | undefined,
  { zone }: Pick<Manner, 'zone'>,
  precision: 'minute' | 'second' | 'millisecond' = 'minute',
): string {
  const date = dateOf(time);
  if (date === null) return UNKNOWN;
  const { year, month, day, hour, minute, second } = zonedParts(date, zone);
  const start = `${year}-${month}-${day} ${hour}:${minute}`;
  if (precision === 'minute') return start;
  if (precision === 'second') return `${start}:${second}`;
  return `${start}:${second}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
}

/** 10:00:05: the time of day alone. */
export function formatClock(time: string | number | Date | null | undefined, { zone }: Pick<Manner, 'zone'>): string {
  const date = dateOf(time);
  if (date === null) return UNKNOWN;
  const { hour, minute, second } = zonedParts(date, zone);
  return `${hour}:${minute}:${second}`;
}

/**
 * Tue 1 Dec 10:00, 12월 1일 (화) 10:00: for a sentence, in which the weekday helps. With the year if it is not this
 * one.
 */
export function formatDay(time: string | number | Date, { language, zone }: Manner, nowMs: number): string {
  const date = dateOf(time);
  if (date === null) return UNKNOWN;
  const sameYear = zonedParts(date, zone).year === zonedParts(new Date(nowMs), zone).year;
  return cached(language === 'en' ? 'en-GB' : language, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(date);
}

/** A distance in time as a clock shows it: 3 d 04:05:06, or 04:05:06. Rounded up, so that 0 means now. */
export function formatCountdown(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(total / 86_400);
  const clock = [Math.floor((total % 86_400) / 3600), Math.floor((total % 3600) / 60), total % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return days > 0 ? `${days} d ${clock}` : clock;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** "in 3 hours", "5 minutes ago". */
export function formatDistance(ms: number, { language }: Pick<Manner, 'language'>): string {
  const [unit, size] = STEPS.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1000];
  return new Intl.RelativeTimeFormat(language, { numeric: 'always' }).format(Math.round(ms / size), unit);
}

/** Asia/Seoul (UTC+9): at this time, as it changes with the season. */
export function formatZone(zone: string, atMs: number): string {
  const minutes = zoneOffsetMinutes(zone, atMs);
  const sign = minutes < 0 ? '−' : '+';
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `${zone.replaceAll('_', ' ')} (UTC${sign}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`})`;
}

/** Minutes that the zone's clock is ahead of UTC. */
export function zoneOffsetMinutes(zone: string, atMs: number): number {
  const { year, month, day, hour, minute, second } = zonedParts(new Date(atMs), zone);
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return Math.round((local - Math.floor(atMs / 1000) * 1000) / 60_000);
}

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

function zonedParts(date: Date, zone: string): Record<Part, string> {
  const format = cached('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value])) as Record<Part, string>;
}

function cached(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formats.set(key, made);
  return made;
}

function dateOf(time: string | number | Date | null | undefined): Date | null {
  if (time === null || time === undefined) return null;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date;
}
