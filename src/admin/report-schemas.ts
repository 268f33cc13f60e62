// What the admin API takes and answers of reports, as JSON Schema.
import { coupon, timeOut, verification } from './answer-schemas.ts';
import { count, discountType, id, nullable, object, type Schema, text, timeIn } from './schemas.ts';

const counts = { type: 'object', additionalProperties: count } as const;
const faceValue = { ...count, description: "sum of FIXED discounts, in the currency's smallest unit" } as const;

export const report: Schema = object({
  at: timeOut,
  coupon,
  phase: text,
  totals: object({
    issued: { ...count, description: 'rows in MySQL, revoked ones included' },
    open: { ...count, description: 'neither used nor revoked nor lapsed' },
    used: count,
    lapsed: { ...count, description: 'cancelled or expired' },
    revoked: count,
    pending: { ...count, description: 'not in MySQL yet, so in none of the other figures' },
    deadLetters: count,
    givenUp: count,
  }),
  faceValue: nullable(object({ issued: faceValue, open: faceValue, used: faceValue, revoked: faceValue })),
  firstIssuedAt: nullable(timeOut),
  lastIssuedAt: nullable(timeOut),
  peakPerSecond: count,
  delayMs: nullable(object({ mean: count, max: count })),
  rate: nullable(
    object({
      from: timeOut,
      stepSeconds: count,
      counts: { type: 'array', items: count, maxItems: 300, description: 'issued in each step' },
    }),
  ),
  refusals: nullable(
    object({
      decided: { ...counts, description: 'of this coupon, by Redis, since the start of the server' },
      answeredByWorkers: { ...counts, description: 'of all coupons, without asking Redis' },
    }),
  ),
  verification,
});

export const periodQuery: Schema = object({ from: timeIn, to: { ...timeIn, description: 'not within the period' } });
export const periodReport: Schema = object({
  from: timeOut,
  to: timeOut,
  coupons: {
    type: 'array',
    items: object({
      couponId: id,
      name: text,
      discountType,
      issued: { ...count, description: 'within the period; what became of them is as of now' },
      revoked: count,
      used: count,
      lapsed: count,
      faceValueIssued: faceValue,
      faceValueUsed: faceValue,
      faceValueOpen: faceValue,
    }),
  },
});
