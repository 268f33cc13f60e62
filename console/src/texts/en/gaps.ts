/** The checks of a verification: what a finding means, and with -do what to do about it, as docs/verify.md says. */
export const gaps = {
  couponMissing: 'MySQL does not know the coupon.',
  'couponMissing-do': 'Is it the right database? Otherwise restore the coupon from the backup.',
  holdersWithoutRow: 'Holders in Redis with no row, no outbox entry and no dead letter.',
  'holdersWithoutRow-do':
    'Verify again: a running server fixes most of it. If it stays, compare with the log of your gateway.',
  rowsWithoutHolder: 'Users with a row that Redis does not count as holders.',
  'rowsWithoutHolder-do': 'Rebuild the coupon in Redis from MySQL.',
  outboxWithoutHolder: 'Users in the outbox that Redis does not count as holders.',
  'outboxWithoutHolder-do': 'Rebuild the coupon in Redis from MySQL.',
  deadWithoutHolder: 'Users in dead letters that Redis does not count as holders.',
  'deadWithoutHolder-do': 'Rebuild the coupon in Redis from MySQL.',
  revokedHolders: 'Holders in Redis whose row is revoked.',
  'revokedHolders-do': 'A revocation was interrupted between MySQL and Redis. Revoke again.',
  malformedHolders: 'Members of the set of holders that are not user ids.',
  'malformedHolders-do': 'A running server removes them within seconds: verify again. Otherwise rebuild the coupon.',
  malformedEntries: 'Entries of the outbox or of the dead letters that can’t be read.',
  'malformedEntries-do': 'couponrush never writes such entries. Inspect them, and find out who wrote them.',
  overIssuedRedis: 'Holders in Redis beyond the stock.',
  'overIssuedRedis-do': 'There may be a coupon too many: stop issuing. See holdersWithoutRow and stockMismatchRedis.',
  overIssuedMysql: 'Rows in MySQL beyond the stock.',
  'overIssuedMysql-do':
    'There may be a coupon too many: stop issuing. Decide who keeps the coupon. Raise the total stock, or revoke.',
  duplicateRows: 'Users with two sequence numbers.',
  'duplicateRows-do': 'The unique key forbids two rows: was it dropped? Restore it. Keep the lower number.',
  duplicateSequences: 'Sequence numbers with two users.',
  'duplicateSequences-do':
    'Redis was restored from an older state and gave numbers again. See “Declared loss” in docs/verify.md.',
  sequenceGaps: 'Sequence numbers that were given, and that no user has.',
  'sequenceGaps-do':
    'See holdersWithoutRow: the users are there. If not even Redis knows them, see “Declared loss” in docs/verify.md.',
  sequenceBehind: 'Numbers by which the counter in Redis is behind the highest one given.',
  'sequenceBehind-do': 'Redis lost data. Rebuild the coupon in Redis from MySQL.',
  stockMismatchMysql: 'Difference between what is left by coupon.stock and by the rows.',
  'stockMismatchMysql-do': 'Someone changed one of them. With the outbox empty, set coupon.stock to the difference.',
  stockMismatchRedis: 'Difference between the stock in Redis and the total stock in MySQL.',
  'stockMismatchRedis-do':
    'Larger in Redis: it is reset automatically within two seconds. Smaller, and MySQL is right: rebuild the coupon.',
  outboxNotEmpty: 'Coupons in the outbox that are not in MySQL yet.',
  'outboxNotEmpty-do': 'Wait, then verify again. If it does not fall: MySQL or the persister is down.',
} as const;
