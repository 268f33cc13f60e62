// Ids of coupons and rows, and counts, as text: from a path, a query, an option, or Redis.

const ID = /^[1-9]\d{0,15}$/;
/** What the scripts take for a count: 15 digits are exact in Lua's numbers, and in ours. */
const COUNT = /^\d{1,15}$/;

/** Canonical decimals from 1 to 2^53 - 1, so that one thing has one spelling. */
export function isId(text: string): boolean {
  return ID.test(text) && (text.length < 16 || Number(text) <= Number.MAX_SAFE_INTEGER);
}

/** For people, to whom a text is refused. */
export const ID_MEANING = 'a decimal from 1 to 9007199254740991';

/** JSON Schema of an id. */
export const idSchema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

/** A stock, a sequence number, an epoch or a time, as Redis has it. @returns null if it is missing or no count */
export function readCount(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && COUNT.test(text) ? Number(text) : null;
}

/** What Redis lists as coupons. Anything else was put there manually, and is skipped. */
export function readCouponIds(listed: readonly string[]): number[] {
  return listed.filter(isId).map(Number);
}

/** A setting's or an option's whole number, without a sign or leading zeros. @returns NaN for anything else */
export function readInteger(text: string): number {
  return text === '0' || ID.test(text) ? Number(text) : Number.NaN;
}
