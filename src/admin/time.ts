// Times in bodies. JSON Schema's date-time lets through more than Date reads, and what no calendar has. Which times a
// coupon may have is not decided here.

/** @returns an invalid Date for what is no time of the calendar */
export function readTime(text: string): Date {
  return new Date(
    text
      .toUpperCase()
      .replace(' ', 'T')
      // A leap second has no milliseconds of its own.
      .replace(/:60(?=[.Z+-]|$)/, ':59')
      // +09 and +0900 are +09:00.
      .replace(/([+-]\d\d):?(\d\d)?$/, (_, hours: string, minutes = '00') => `${hours}:${minutes}`),
  );
}
