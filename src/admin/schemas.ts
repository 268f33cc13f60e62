// What the admin API takes, as JSON Schema: what is checked at run time, and what openapi.json shows.
import { FIRST_YEAR, LAST_YEAR, STOCK_MAX } from '../coupons/fields.ts';
import { LINE_MEANING, LINE_PATTERN, TITLE_PATTERN, WELL_FORMED } from '../coupons/text.ts';
import { idSchema } from '../ids.ts';
import { winnerFormats } from '../overview/winner-lines.ts';
import { couponStates } from '../store/tables/coupons.ts';
import { storedUserSchema, USER_ID_MEANING, userIdType } from '../user-id.ts';

export type Schema = Readonly<Record<string, unknown>>;

const COUPON_ID_PATTERN = '^[1-9][0-9]{0,14}$';
/** The same, written in another way, so that each has words of its own. */
const REHEARSAL_ID_PATTERN = '^[1-9][0-9]{0,13}[0-9]?$';
const LETTER_ID_PATTERN = '^[0-9]{1,19}-[0-9]{1,19}$';

/** What a pattern asks for, in words: as the end of "must be". */
export const patternMeanings: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [LINE_PATTERN, LINE_MEANING],
  [TITLE_PATTERN, `${LINE_MEANING}, no space at its ends`],
  [COUPON_ID_PATTERN, 'the id of a coupon, an integer from 1'],
  [REHEARSAL_ID_PATTERN, 'the id of a rehearsal, an integer from 1'],
  userIdType === 'text'
    ? [storedUserSchema.pattern, USER_ID_MEANING]
    : [decimalUpTo(idSchema.maximum), `a user id, a decimal from 1 to ${idSchema.maximum}`],
  [LETTER_ID_PATTERN, 'the id of a dead letter, such as 1790000000000-0'],
]);

export function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A body without anything that must be given: it may be left out. */
function choices(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties, additionalProperties: false };
}

export function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export const count = { type: 'integer', minimum: 0 } as const;
export const id = idSchema;
export const text = { type: 'string' } as const;
export const flag = { type: 'boolean' } as const;
export const timeIn = {
  type: 'string',
  format: 'date-time',
  description: `RFC 3339 with any offset, in the years ${FIRST_YEAR} to ${LAST_YEAR}; kept in milliseconds`,
} as const;
const name = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  pattern: TITLE_PATTERN,
  format: WELL_FORMED,
  description: `${LINE_MEANING}; no space at its ends`,
} as const;
const stock = { type: 'integer', minimum: 1, maximum: STOCK_MAX } as const;
export const reason = {
  type: 'string',
  minLength: 1,
  maxLength: 500,
  pattern: LINE_PATTERN,
  format: WELL_FORMED,
  description: `${LINE_MEANING}; kept in the audit table`,
} as const;
const version = {
  type: 'integer',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'refuse with VERSION_CONFLICT if the coupon has another version: somebody else moved it meanwhile',
} as const;

const dryRun = {
  type: 'boolean',
  description: 'true: say what would come of it, refuse what would be refused, and change nothing',
} as const;

const intended = {
  type: 'boolean',
  description: 'with dryRun: the change itself is to follow, so a refusal is recorded in the audit table',
} as const;

export const discountType = { type: 'string', enum: ['FIXED', 'PERCENT'] } as const;
const discountAmount = {
  type: 'integer',
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "FIXED: in the currency's smallest unit. PERCENT: 1 to 100",
} as const;

/** In a path: text of at most 15 digits, which a number holds exactly; or a user id, also of one who was erased. */
const pathIds: Readonly<Record<string, Schema>> = {
  couponId: { type: 'string', pattern: COUPON_ID_PATTERN },
  rehearsalId: { type: 'string', pattern: REHEARSAL_ID_PATTERN },
  userId: userIdType === 'text' ? storedUserSchema : { type: 'string', pattern: decimalUpTo(idSchema.maximum) },
};

/** Of a text that is a canonical decimal from 1 to `max`, of as many digits as that or fewer. */
export function decimalUpTo(max: number): string {
  const digits = String(max);
  const lower = [...digits].flatMap((digit, at) => {
    const least = at === 0 ? 1 : 0;
    const rest = digits.length - at - 1;
    return Number(digit) > least ? [`${digits.slice(0, at)}[${least}-${Number(digit) - 1}][0-9]{${rest}}`] : [];
  });
  return `^(${[`[1-9][0-9]{0,${digits.length - 2}}`, ...lower, digits].join('|')})$`;
}

/** @returns null if nothing of the path varies */
export function paramsOf(path: string): Schema | null {
  const names = Object.keys(pathIds).filter((name) => path.includes(`{${name}}`));
  return names.length === 0 ? null : object(Object.fromEntries(names.map((name) => [name, pathIds[name] as Schema])));
}
/** An id in a path as openapi.json says it: a number, as it is in bodies. */
export const idInPath = { ...id, maximum: 999_999_999_999_999 } as const;

export const pageQuery = (more: Record<string, Schema>): Schema =>
  choices({ limit: { type: 'integer', minimum: 1, maximum: 1000, default: 50 }, ...more });

export const couponListQuery = pageQuery({
  before: { ...id, description: 'only coupons older than this one' },
  state: { type: 'string', enum: couponStates },
  name: {
    type: 'string',
    minLength: 1,
    maxLength: 100,
    pattern: LINE_PATTERN,
    format: WELL_FORMED,
    description: 'only coupons with this part in their name, in upper or lower case; the newest 100,000 are compared',
    examples: ['spring'],
  },
});
export const auditQuery = pageQuery({
  before: { ...id, description: 'only records older than this one' },
  couponId: id,
});
export const eventsQuery = choices({
  after: {
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
    description: 'the cursor of the answer before; 0: from the oldest event that is kept',
  },
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 500 },
});
export const letterId = {
  type: 'string',
  pattern: LETTER_ID_PATTERN,
  examples: ['1904007600012-0'],
} as const;
export const deadLettersQuery = pageQuery({
  after: { ...letterId, description: 'only letters younger than this one' },
  id: { ...letterId, description: 'only this letter' },
});
export const verifyQuery = choices({
  mode: {
    type: 'string',
    enum: ['live', 'final'],
    default: 'live',
    description: 'live: what is on its way to MySQL is no gap',
  },
  examples: { type: 'integer', minimum: 0, maximum: 10_000, default: 10, description: 'shown for each gap' },
});
export const winnersQuery = choices({
  format: {
    type: 'string',
    enum: winnerFormats,
    default: 'csv',
    description: 'csv with a header, one JSON object a line, or csv as Excel opens it',
  },
  timeZone: {
    type: 'string',
    pattern: '^[A-Za-z0-9_+/-]{1,64}$',
    default: 'UTC',
    description: 'IANA name, of the times for Excel',
  },
  after: { ...count, maximum: Number.MAX_SAFE_INTEGER, description: 'only those with a higher sequence' },
  limit: { type: 'integer', minimum: 1, maximum: 10_000, description: 'at most so many; without it, all of them' },
});

const openNow = {
  type: 'boolean',
  description: 'true: it opens at once. opensAt may then be in the past, and is now if it is left out',
} as const;
const couponFields = {
  name,
  totalStock: stock,
  discountType,
  discountAmount,
  opensAt: nullable(timeIn),
  closesAt: nullable(timeIn),
  expiresAt: nullable(timeIn),
  expiredAt: { ...nullable(timeIn), deprecated: true, description: 'the same as expiresAt: give one of them' },
  openNow,
};
const preload = { ...flag, default: false, description: 'load it into Redis now' } as const;
const rehearsal = {
  ...flag,
  default: false,
  description: 'a coupon to rehearse with: reports of a period leave it out. It can not be changed later',
} as const;
/** Two names of one field: a body has one of them. */
const bothExpiries: Schema = {
  properties: { expiresAt: {}, expiredAt: {} },
  required: ['expiresAt', 'expiredAt'],
};

export const newCoupon: Schema = {
  ...object({ ...couponFields, preload, rehearsal, dryRun }, [
    'opensAt',
    'closesAt',
    'expiresAt',
    'expiredAt',
    'openNow',
    'preload',
    'rehearsal',
    'dryRun',
  ]),
  not: bothExpiries,
  if: { type: 'object', properties: { discountType: { const: 'PERCENT' } } },
  // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
  then: { type: 'object', properties: { discountAmount: { type: 'integer', maximum: 100 } } },
};
/** At least one field beside the version. */
export const editedCoupon: Schema = {
  ...choices({ ...couponFields, version, dryRun, intended }),
  not: bothExpiries,
  anyOf: Object.keys(couponFields).map((field) => ({ required: [field] })),
};
export const moveBody = choices({ version, reason, dryRun });
export const rebuildBody = choices({ reason, dryRun });
export const pauseAllBody = choices({ reason, dryRun });
export const restockBody: Schema = {
  ...choices({ add: stock, totalStock: stock, version, reason, dryRun, intended }),
  oneOf: [{ required: ['add'] }, { required: ['totalStock'] }],
};
export const revokeBody: Schema = object({ userId: storedUserSchema, version, reason, dryRun }, [
  'version',
  'reason',
  'dryRun',
]);
export const closeBody = choices({
  version,
  reason,
  dryRun,
  waitSeconds: {
    type: 'integer',
    minimum: 0,
    maximum: 30,
    default: 10,
    description: 'for MySQL to have every coupon that was issued',
  },
});
export const redriveBody: Schema = {
  ...choices({ ids: { type: 'array', items: letterId, minItems: 1, maxItems: 500 }, all: { const: true }, dryRun }),
  oneOf: [{ required: ['ids'] }, { required: ['all'] }],
};
export const resolveBody: Schema = object(
  { ids: { type: 'array', items: letterId, minItems: 1, maxItems: 500 }, reason, dryRun },
  ['dryRun'],
);
