// The differences that verify looks for. docs/verify.md says what to do about each.
// Names are a contract: they are labels of a metric, and keys of what `verify --json` prints.

export const gapMeanings = {
  couponMissing: 'MySQL does not know the coupon',
  holdersWithoutRow: 'holders in Redis with no row, no outbox entry and no dead letter',
  rowsWithoutHolder: 'users with a row that Redis does not count as holders',
  outboxWithoutHolder: 'users in the outbox that Redis does not count as holders',
  deadWithoutHolder: 'users in dead letters that Redis does not count as holders',
  revokedHolders: 'holders in Redis whose row is revoked',
  malformedHolders: 'members of the set of holders that are no user ids',
  malformedEntries: 'entries of the outbox or of the dead letters that cannot be read',
  overIssuedRedis: 'holders in Redis beyond the stock',
  overIssuedMysql: 'rows in MySQL beyond the stock',
  duplicateRows: 'users with two sequence numbers',
  duplicateSequences: 'sequence numbers with two users',
  sequenceGaps: 'sequence numbers that were given, and that nobody has',
  sequenceBehind: 'numbers by which the counter in Redis is behind the highest one given',
  stockMismatchMysql: 'difference between what is left by coupon.stock and by the rows',
  stockMismatchRedis: 'difference between the stock in Redis and total_stock',
  outboxNotEmpty: 'coupons in the outbox that are not in MySQL yet',
} as const;

export type GapName = keyof typeof gapMeanings;
export const gapNames = Object.keys(gapMeanings) as GapName[];
