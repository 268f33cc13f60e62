// The JSON of the admin API, as JSON Schema: what is checked at run time, and what openapi.json shows.
import { STOCK_MAX } from '../coupons/create.ts';
import { couponStates } from '../coupons/states.ts';
import { gapNames } from '../recovery/gaps.ts';

export type Schema = Readonly<Record<string, unknown>>;

const ID_MAX = Number.MAX_SAFE_INTEGER;

function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A body without anything that must be given: it may be left out. */
function choices(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties, additionalProperties: false };
}

function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

const count = { type: 'integer', minimum: 0 } as const;
const id = { type: 'integer', minimum: 1, maximum: ID_MAX } as const;
const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const timeOut = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC, milliseconds' } as const;
const timeIn = {
  type: 'string',
  format: 'date-time',
  description: 'RFC 3339 with any offset, from 1970 to 9999; kept in milliseconds',
} as const;
/** Visible from its first to its last character. */
const name = { type: 'string', minLength: 1, maxLength: 100, pattern: '^\\S(.*\\S)?$' } as const;
const stock = { type: 'integer', minimum: 1, maximum: STOCK_MAX } as const;
const reason = { type: 'string', minLength: 1, maxLength: 500, description: 'kept in the audit table' } as const;
const version = {
  type: 'integer',
  minimum: 0,
  maximum: ID_MAX,
  description: 'refuse with VERSION_CONFLICT if the coupon has another version: somebody else moved it meanwhile',
} as const;

const discountType = { type: 'string', enum: ['FIXED', 'PERCENT'] } as const;
const discountAmount = {
  type: 'integer',
  minimum: 1,
  maximum: ID_MAX,
  description: "FIXED: in the currency's smallest unit. PERCENT: 1 to 100",
} as const;

export const couponIdParams: Schema = object({
  couponId: { type: 'string', pattern: '^[1-9][0-9]{0,14}$', description: 'id of the coupon' },
});

export const pageQuery = (more: Record<string, Schema>): Schema =>
  choices({ limit: { type: 'integer', minimum: 1, maximum: 1000, default: 50 }, ...more });

export const couponListQuery = pageQuery({
  before: { ...id, description: 'only coupons older than this one' },
  state: { type: 'string', enum: couponStates },
});
export const auditQuery = pageQuery({
  before: { ...id, description: 'only records older than this one' },
  couponId: id,
});
const letterId = { type: 'string', pattern: '^[0-9]{1,19}-[0-9]{1,19}$' } as const;
export const deadLettersQuery = pageQuery({
  after: { ...letterId, description: 'only letters younger than this one' },
});
export const verifyQuery = choices({
  mode: {
    type: 'string',
    enum: ['live', 'final'],
    default: 'live',
    description: 'live: what is on its way to MySQL is no gap',
  },
});

export const newCoupon: Schema = {
  ...object(
    {
      name,
      totalStock: stock,
      discountType,
      discountAmount,
      opensAt: nullable(timeIn),
      closesAt: nullable(timeIn),
      expiredAt: nullable(timeIn),
      preload: { ...flag, default: false, description: 'load it into Redis now' },
    },
    ['opensAt', 'closesAt', 'expiredAt', 'preload'],
  ),
  if: { type: 'object', properties: { discountType: { const: 'PERCENT' } } },
  // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
  then: { type: 'object', properties: { discountAmount: { type: 'integer', maximum: 100 } } },
};
export const editedCoupon: Schema = {
  ...choices({
    name,
    totalStock: stock,
    discountType,
    discountAmount,
    opensAt: nullable(timeIn),
    closesAt: nullable(timeIn),
    expiredAt: nullable(timeIn),
    version,
  }),
  minProperties: 1,
};
export const moveBody = choices({ version, reason });
export const rebuildBody = choices({ reason });
export const restockBody: Schema = {
  ...choices({ add: stock, totalStock: stock, version, reason }),
  oneOf: [{ required: ['add'] }, { required: ['totalStock'] }],
};
export const revokeBody: Schema = object({ userId: id, version, reason }, ['version', 'reason']);
export const closeBody = choices({
  version,
  reason,
  waitSeconds: {
    type: 'integer',
    minimum: 0,
    maximum: 30,
    default: 10,
    description: 'for MySQL to have every coupon that was issued',
  },
});
export const redriveBody: Schema = {
  ...choices({ ids: { type: 'array', items: letterId, minItems: 1, maxItems: 500 }, all: { const: true } }),
  oneOf: [{ required: ['ids'] }, { required: ['all'] }],
};
export const resolveBody: Schema = object({
  ids: { type: 'array', items: letterId, minItems: 1, maxItems: 500 },
  reason,
});

const couponFields = {
  id,
  name: text,
  state: { type: 'string', enum: couponStates },
  version: count,
  totalStock: { ...count, description: 'how many may be issued' },
  stock: { ...count, description: 'how many of them MySQL has no row for' },
  discountType,
  discountAmount: count,
  opensAt: nullable(timeOut),
  closesAt: nullable(timeOut),
  expiredAt: nullable(timeOut),
  createdAt: timeOut,
} as const;
const live = object({
  loaded: { ...flag, description: 'false: Redis can not decide about it now' },
  stock: count,
  holders: count,
  left: count,
  sequence: count,
  revoked: count,
  backlog: { ...count, description: 'issued, and not in MySQL yet' },
  outboxEntries: count,
  deadLetters: count,
});
const phase = {
  type: 'string',
  enum: ['draft', 'scheduled', 'open', 'sold-out', 'paused', 'ended', 'closed', 'archived'],
} as const;

export const coupon = object(couponFields);
export const overview = object({ ...couponFields, phase, live: nullable(live) });
export const couponList = object({ coupons: { type: 'array', items: overview } });
const moved = {
  changed: { ...flag, description: 'false: it was there already' },
  inEffect: { ...flag, description: 'false: MySQL has it, and Redis follows as soon as it can be reached' },
  coupon,
};
export const moveAnswer = object(moved);
const gap = object({
  name: { type: 'string', enum: gapNames },
  meaning: text,
  count,
  examples: { type: 'array', items: { anyOf: [{ type: 'integer' }, text] } },
});
const figures = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'number' }, text, { type: 'null' }] },
} as const;
export const verification = object({
  couponId: id,
  mode: { type: 'string', enum: ['live', 'final'] },
  ok: { ...flag, description: 'every gap has count 0' },
  gaps: { type: 'array', items: gap },
  redis: nullable(figures),
  mysql: nullable(figures),
  looks: count,
  durationMs: count,
});
export const closeAnswer = object({
  ...moved,
  drained: { ...flag, description: 'MySQL has every coupon that was issued, dead letters aside' },
  backlog: { ...count, description: 'outbox entries that are left' },
  deadLetters: count,
});
export const archiveAnswer = object({ ...moved, verification: nullable(verification) });
export const rebuildAnswer = object({ holders: count, sequence: count, restored: count, lost: count });
const letter = object({
  id: letterId,
  userId: nullable(id),
  sequence: nullable(id),
  issuedAt: nullable(timeOut),
  code: text,
  reason: text,
  attempts: count,
  at: timeOut,
  raw: nullable(text),
});
export const deadLetters = object({ letters: { type: 'array', items: letter } });
export const redriveAnswer = object({ sent: count });
export const resolveAnswer = object({ resolved: count });
const anyObject = { type: 'object', additionalProperties: true } as const;
const auditRecord = object({
  id,
  at: timeOut,
  actor: text,
  action: text,
  couponId: id,
  userId: nullable(id),
  versionBefore: nullable(count),
  versionAfter: nullable(count),
  before: nullable(anyObject),
  after: nullable(anyObject),
  result: { type: 'string', enum: ['RECORDED', 'APPLIED', 'REFUSED'] },
  detail: nullable(text),
});
export const auditList = object({ records: { type: 'array', items: auditRecord } });
export const status = object({
  at: timeOut,
  gate: { type: 'string', enum: ['open', 'rebuilding', 'shut'] },
  redisMemoryBytes: count,
  processes: { type: 'object', additionalProperties: count, description: 'processes connected to Redis, by title' },
  coupons: {
    type: 'array',
    items: object({ ...couponFields, phase, live: nullable(live), issuedPerSecond: nullable({ type: 'number' }) }),
  },
});
export const liveness = object({ status: { const: 'live' } });

/** Shown once in openapi.json, under these names. */
export const named: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [coupon, 'Coupon'],
  [overview, 'CouponOverview'],
  [live, 'LiveFigures'],
  [moveAnswer, 'MoveAnswer'],
  [verification, 'Verification'],
  [gap, 'Gap'],
  [letter, 'DeadLetter'],
  [auditRecord, 'AuditRecord'],
  [status, 'Status'],
  [newCoupon, 'NewCoupon'],
  [editedCoupon, 'EditedCoupon'],
]);
