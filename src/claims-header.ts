/**
 * Of the answer of /metrics: the claims of its installation's Redis, separated by commas, by which a reader knows whose
 * counters these are. Without it: it is not proven yet which Redis is its own.
 */
export const CLAIMS_HEADER = 'Couponrush-Claims';
