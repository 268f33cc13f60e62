// Times in bodies. JSON Schema's date-time lets through what no calendar of ours holds.
import { MoveRefused } from '../coupons/move.ts';

const FIRST_MS = 1;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** @throws MoveRefused VALIDATION_FAILED */
export function readTime(field: string, text: string): Date {
  // A leap second has no milliseconds of its own.
  const time = new Date(
    text
      .replace(/:60(?=[.Z+-]|$)/i, ':59')
      .toUpperCase()
      .replace(' ', 'T'),
  );
  const ms = time.getTime();
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) {
    throw new MoveRefused('VALIDATION_FAILED', `${field} must be a time from 1970 to 9999`);
  }
  return time;
}
