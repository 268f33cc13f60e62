/** What a coupon does at the moment, its state, and its discount. */
export const phase = {
  draft: 'Draft',
  scheduled: 'Scheduled',
  open: 'Open',
  'sold-out': 'Sold out',
  paused: 'Paused',
  ended: 'Ended',
  closed: 'Closed',
  archived: 'Archived',
  unknown: 'Unknown',
  held: 'Held',
  rehearsal: 'Rehearsal',
  percent: '{amount} % off',
  fixed: '{amount} off',
  leftOf: '{left} of {total} left',
  coupon: 'Coupon {id}',
} as const;
