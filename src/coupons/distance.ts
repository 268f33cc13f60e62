// How far off a time is, in words.

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;
/** From so many of a unit on, the next smaller one says nothing any more. */
const MANY = 10;

/** `in 15 h`, `in 1 h 30 min`, `3 d ago`, `now`; rounded. */
export function distance(time: Date | string, nowMs: number): string {
  const ms = new Date(time).getTime() - nowMs;
  if (Math.abs(ms) < 1000) return 'now';
  const words = inUnits(roundedSeconds(Math.round(Math.abs(ms) / 1000)));
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

function unitOf(seconds: number): number {
  return units.findIndex(([, size]) => seconds >= size);
}

/** To what `inUnits` shows of it. */
function roundedSeconds(seconds: number): number {
  const index = unitOf(seconds);
  const [, size] = units[index] as (typeof units)[number];
  const step = seconds < MANY * size ? (units[index + 1]?.[1] ?? 1) : size;
  return Math.round(seconds / step) * step;
}

function inUnits(seconds: number): string {
  const index = unitOf(seconds);
  const [name, size] = units[index] as (typeof units)[number];
  const count = Math.floor(seconds / size);
  const [smaller, smallerSize] = units[index + 1] ?? ['', 1];
  const rest = count < MANY && smaller ? Math.floor((seconds % size) / smallerSize) : 0;
  return `${count} ${name}${rest > 0 ? ` ${rest} ${smaller}` : ''}`;
}
