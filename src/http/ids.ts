// Ids from outside: canonical decimals from 1 to 2^53 - 1, so that one user has one spelling, in Redis as in MySQL.

const CANONICAL = /^[1-9]\d{0,15}$/;

export function isCanonicalId(text: string): boolean {
  return CANONICAL.test(text) && (text.length < 16 || Number(text) <= Number.MAX_SAFE_INTEGER);
}
