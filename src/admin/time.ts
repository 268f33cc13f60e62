// Times in bodies. JSON Schema's date-time lets through what no calendar has. Which times a coupon may have is not decided here.
import { MoveRefused } from '../coupons/move.ts';

/** @throws MoveRefused VALIDATION_FAILED */
export function readTime(field: string, text: string): Date {
  // A leap second has no milliseconds of its own.
  const time = new Date(
    text
      .replace(/:60(?=[.Z+-]|$)/i, ':59')
      .toUpperCase()
      .replace(' ', 'T'),
  );
  if (Number.isNaN(time.getTime())) throw new MoveRefused('VALIDATION_FAILED', `${field} is no time of the calendar`);
  return time;
}
