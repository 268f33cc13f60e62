// What the live stream sends, as JSON Schema.
import { status, timeOut } from './answer-schemas.ts';
import { count, nullable, object, type Schema, text } from './schemas.ts';

const figure = { type: 'number', minimum: 0 } as const;
const rates = { type: 'object', additionalProperties: figure } as const;
const statusFields = status.properties as Readonly<Record<string, Schema>>;
const server = object({
  at: { ...timeOut, description: 'when the counters were read' },
  answersPerSecond: {
    ...rates,
    description: 'answers to issue requests, by kind: issued, sold_out, already_issued, …',
  },
  p50Ms: { ...nullable(figure), description: 'of the last 5 s; null: nothing was asked' },
  p99Ms: nullable(figure),
  errorRate: { ...nullable(figure), description: 'part of the issue requests of the last 5 s that were not decided' },
  backlog: { ...count, description: 'issued, and not in MySQL yet: all coupons' },
  byCoupon: {
    type: 'object',
    additionalProperties: rates,
    description: 'decisions of Redis a second, by coupon and outcome: granted, sold_out, …',
  },
});
const alerts = object({
  source: { type: 'string', enum: ['prometheus', 'server'] },
  at: timeOut,
  problem: { ...nullable(text), description: 'why PROMETHEUS_URL was not the source; null: it was, or is not set' },
  firing: {
    type: 'array',
    items: object({
      name: { ...text, examples: ['CouponrushGateShut'] },
      severity: { type: 'string', enum: ['critical', 'warning', 'info'] },
      summary: text,
      runbook: { ...nullable(text), description: 'anchor of its section in docs/runbook.md' },
    }),
  },
});

export const look = object({
  ...statusFields,
  refusal: { ...nullable(text), description: 'why the stores are not asked, or Redis alone; null: both are' },
  changes: {
    ...nullable(text),
    description: 'another text after each move of any coupon, so that lists are read again then; null: not known yet',
  },
  storesAt: {
    ...object({ redis: nullable(timeOut), mysql: nullable(timeOut) }),
    description: 'when what is shown of each store was read; null: it was not yet',
  },
  server: { ...nullable(server), description: 'null: the server publishes no counters, or does not answer' },
  alerts,
});

export const history = object({
  samples: {
    type: 'array',
    maxItems: 300,
    items: object({
      at: timeOut,
      coupons: {
        type: 'object',
        additionalProperties: object({ left: count, issuedPerSecond: nullable(figure), waiting: count }),
      },
      answersPerSecond: nullable(rates),
      p50Ms: nullable(figure),
      p99Ms: nullable(figure),
    }),
  },
});

export const liveEvents: Schema = {
  anyOf: [look, history],
  description: 'the data of an event: LiveLook of `look`, LiveHistory of `history`',
};
