// The ways in which answers, Redis and MySQL can contradict each other, and the invariant that each one breaks.

export const violationMeanings = {
  grantedWithoutRow: 'answered 201, but there is no row, no outbox entry and no dead letter (I3)',
  grantedWithoutHolder: 'answered 201, but Redis does not know the holder (I4)',
  grantedTwice: 'answered 201 more than once, or although the user held the coupon before (I2)',
  unreadableGrant: 'answered 201 without a sequence, or for another user',
  sequenceMismatch: 'the stored sequence is not the one that was answered (I3)',
  sequenceGivenTwice: 'one sequence was answered to two users (I1)',
  rowWithoutGrant: 'a coupon was written, but no answer granted it (I5)',
  refusedButIssued: 'every answer was a refusal, but the coupon was issued (I5)',
  winnerTurnedAway: 'a user with a 201 was also told sold out, not open or closed (I2)',
  alreadyIssuedWithoutCoupon: 'told "already issued", but holds nothing (I3)',
  revokedWithoutRevocation: 'told "revoked", but its coupon was not revoked (I3)',
  alreadyIssuedAfterRevocation: 'told "revoked", and later "already issued" (I2)',
  duplicateRow: 'two rows of one user (I2)',
  duplicateSequence: 'one sequence is stored for two users (I1)',
  overIssued: 'coupons issued beyond the stock (I1)',
  unsettled: 'the outcome is unknown, and asking did not settle it (I5)',
  settledWrongly: 'the outcome was settled, but the stores say otherwise (I5)',
  unexpectedStatus: 'an answer that the contract does not have',
} as const;

export type ViolationName = keyof typeof violationMeanings;
export const violationNames = Object.keys(violationMeanings) as ViolationName[];
