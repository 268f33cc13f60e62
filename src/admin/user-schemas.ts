// What the admin API takes and answers about users, as JSON Schema.
import { USERS_A_BATCH } from '../coupons/revoke-many.ts';
import { storedUserSchema as userId } from '../user-id.ts';
import { moveAnswer, ofDryRun, timeOut } from './answer-schemas.ts';
import { count, discountType, flag, id, letterId, nullable, object, reason, type Schema, text } from './schemas.ts';

export const revocationsBody: Schema = object(
  {
    userIds: { type: 'array', items: userId, minItems: 1, maxItems: USERS_A_BATCH },
    reason: reason,
    dryRun: { ...flag, default: false, description: 'only say what would be done' },
  },
  ['dryRun'],
);
const users = { type: 'array', items: userId } as const;
export const revocationsAnswer: Schema = object(
  {
    ...(moveAnswer.properties as Record<string, Schema>),
    revoked: { ...count, description: 'taken back by this request; in a dry run, what would be' },
    revokedBefore: count,
    notIssued: { ...users, description: 'they do not hold the coupon' },
    notDrained: { ...users, description: 'issued, and not in MySQL yet: ask again, or look into the dead letters' },
    otherwise: {
      type: 'array',
      items: object({ userId, status: text }),
      description: 'used, cancelled or expired: left as they are',
    },
  },
  ofDryRun,
);

export const holder: Schema = object({
  couponId: id,
  userId,
  status: {
    type: 'string',
    enum: ['ISSUED', 'USED', 'CANCELLED', 'EXPIRED', 'REVOKED', 'PENDING', 'DEAD', 'RESOLVED'],
    description: 'PENDING: on its way to MySQL. DEAD: MySQL refused it. RESOLVED: refused, and given up',
  },
  sequence: id,
  name: text,
  discountType,
  discountAmount: count,
  issuedAt: timeOut,
  persistedAt: nullable(timeOut),
  expiredAt: nullable(timeOut),
  inRedis: { type: 'string', enum: ['absent', 'holder', 'revoked', 'not-holder', 'incomplete'] },
  revocation: nullable(object({ at: timeOut, by: text, reason: nullable(text), inEffect: flag })),
  deadLetter: nullable(object({ id: letterId, code: text, reason: text })),
});
export const user: Schema = object({
  userId,
  erased: { ...flag, description: 'a pseudonym: it stands for a user who was erased' },
  coupons: { type: 'array', items: holder },
  more: { ...count, description: 'older coupons that are left out' },
});

export const eraseBody: Schema = object(
  {
    reason: reason,
    evenOpen: {
      ...flag,
      default: false,
      description: 'also while a coupon of theirs can still be issued: they could get it a second time, as a stranger',
    },
    dryRun: { ...flag, default: false, description: 'only say what would be done' },
  },
  ['evenOpen', 'dryRun'],
);
export const eraseAnswer: Schema = object({
  pseudonym: { ...nullable(userId), description: 'null: nothing of the user was found, or a dry run' },
  coupons: { type: 'array', items: id, description: 'in which the user was found' },
  inEffect: { ...flag, description: 'false: Redis does not have it of every coupon yet. Ask again to end it' },
});
export const erasureList: Schema = object({
  erasures: {
    type: 'array',
    items: object({ userId, pseudonym: userId, requestedAt: timeOut }),
    description: 'oldest first, at most a hundred',
  },
  total: { ...count, description: 'how many there are' },
});
