// Times on the command line: ISO 8601, or from now on by Redis' clock (`+20s`, `+10m`, `+2h`, `+3d`).
import { InvalidArgumentError } from 'commander';
import type { AdminClient } from './admin-client.ts';

export type TimeArgument =
  | { readonly at: Date; readonly typed: string }
  | { readonly afterMs: number }
  | { readonly never: true };

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Without an offset a time would mean something else on each machine. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

export function timeOption(text: string): TimeArgument {
  const relative = /^\+(\d{1,6})([smhd])$/.exec(text);
  if (relative) return { afterMs: Number(relative[1]) * (units[relative[2] as string] as number) };
  const at = new Date(text);
  if (ISO.test(text) && !Number.isNaN(at.getTime()) && isDay(text.slice(0, 10))) return { at, typed: text };
  throw new InvalidArgumentError('It must be a time like 2026-05-01T12:00:00+09:00, or +20s, +10m, +2h, +3d from now.');
}

/** Date takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

/** For an edit, in which `none` removes the time. */
export function timeOrNoneOption(text: string): TimeArgument {
  return text === 'none' ? { never: true } : timeOption(text);
}

/** @returns as the admin API takes it */
export async function resolveTime(admin: AdminClient, time: TimeArgument): Promise<string | null> {
  if ('never' in time) return null;
  if ('at' in time) return time.at.toISOString();
  const { at } = await admin.get<{ at: string }>('/clock');
  return new Date(Date.parse(at) + time.afterMs).toISOString();
}
