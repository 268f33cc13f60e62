// Between what an operator types as local time and the moment that it is, in any zone, with the two nights of a
// year on which clocks are changed.
import { formatTime, zoneOffsetMinutes } from './format.ts';

export interface Moment {
  readonly ms: number;
  /**
   * skipped: clocks are put forward over this time; the moment is as long after the change as was meant. repeated: it
   * comes twice; this is the first.
   */
  readonly change: 'none' | 'skipped' | 'repeated';
}

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?$/;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** @param local as an input of type datetime-local has it: 2026-12-01T10:00. @returns null: no such date or time */
export function momentOf(local: string, zone: string): Moment | null {
  const asUtc = asIfUtc(local);
  if (asUtc === null) return null;
  // The offsets in force a day before and after: a change of clocks is between them, if there is one.
  const before = zoneOffsetMinutes(zone, asUtc - DAY_MS);
  const after = zoneOffsetMinutes(zone, asUtc + DAY_MS);
  const fits = [...new Set([before, after])]
    .map((offset) => ({ ms: asUtc - offset * MINUTE_MS, offset }))
    .filter(({ ms, offset }) => zoneOffsetMinutes(zone, ms) === offset)
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  const [first] = fits;
  if (first === undefined) return { ms: asUtc - before * MINUTE_MS, change: 'skipped' };
  return { ms: first, change: fits.length > 1 ? 'repeated' : 'none' };
}

/** @returns as an input of type datetime-local takes it, to the second if there are seconds */
export function localOf(ms: number, zone: string): string {
  const text = formatTime(ms, { zone }, 'second').replace(' ', 'T');
  return text.endsWith(':00') ? text.slice(0, -3) : text;
}

/** The same time of day, some days later by the calendar. @param local 2026-12-01T10:00 */
export function addDays(local: string, days: number): string | null {
  const asUtc = asIfUtc(local);
  if (asUtc === null) return null;
  const moved = new Date(asUtc + days * DAY_MS).toISOString();
  return `${moved.slice(0, 10)}T${local.slice(11)}`;
}

/** What a clock shows that is so much later on the same wall. */
export function addMinutes(local: string, minutes: number): string | null {
  const asUtc = asIfUtc(local);
  return asUtc === null ? null : new Date(asUtc + minutes * MINUTE_MS).toISOString().slice(0, 19);
}

function asIfUtc(local: string): number | null {
  const parts = LOCAL.exec(local.trim());
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  // 31 April and 25:00 would become another day.
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return isReal && minute < 60 && second < 60 ? ms : null;
}
