/** Digits, with or without separators. @returns null: it is not a whole number from 1 to max */
export function wholeNumber(text: string, max: number): number | null {
  const digits = text.trim().replaceAll(/[,\s_]/g, '');
  if (!/^\d{1,16}$/.test(digits)) return null;
  const value = Number(digits);
  return value >= 1 && value <= max ? value : null;
}
