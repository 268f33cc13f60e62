// Examples for openapi.json, made from the schemas, so that a new route has one without being asked for it. A field's
// name decides its value if the value fits the schema; a schema that needs another one says so with `examples`.
// A test validates each example against its schema.

import { userIdExample } from '../user-id.ts';

type Schema = Readonly<Record<string, unknown>>;

const OPENS_AT = '2030-05-01T03:00:00.000Z';

const byName: Readonly<Record<string, unknown>> = {
  couponId: 42,
  userId: userIdExample,
  sequence: 17,
  name: 'Opening sale',
  totalStock: 10_000,
  total: 10_000,
  stock: 9983,
  remaining: 9983,
  left: 9983,
  discountType: 'PERCENT',
  discountAmount: 15,
  createdAt: '2030-04-24T09:00:00.000Z',
  opensAt: OPENS_AT,
  closesAt: '2030-05-01T04:00:00.000Z',
  expiredAt: '2030-06-01T00:00:00.000Z',
  expiresAt: '2030-06-01T00:00:00.000Z',
  issuedAt: '2030-05-01T03:00:00.012Z',
  reason: 'wrong price',
  actor: 'api kim from 10.0.0.5',
  openNow: false,
  rehearsal: false,
  dryRun: false,
  limit: 50,
  size: 20,
};

const ofType: Readonly<Record<string, unknown>> = {
  string: 'text',
  boolean: true,
  null: null,
};

/** @param name of the field that has this schema. Fields that a schema forbids beside each other are not both shown. */
export function exampleOf(schema: Schema, name = ''): unknown {
  const [given] = (schema.examples as unknown[] | undefined) ?? [];
  if (given !== undefined) return given;
  if ('const' in schema) return schema.const;
  const alternatives = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (alternatives?.[0] && schema.type === undefined) return exampleOf(alternatives[0], name);
  const type = (Array.isArray(schema.type) ? schema.type[0] : schema.type) as string | undefined;
  if (type === 'object') return exampleObject(schema);
  if (type === 'array') return [exampleOf((schema.items ?? {}) as Schema, name)];
  const known = byName[name];
  if (known !== undefined && fits(known, type, schema)) return known;
  if (schema.enum) return (schema.enum as unknown[])[0];
  if ('default' in schema) return schema.default;
  if (type === 'integer' || type === 'number') return Math.max(1, Number(schema.minimum ?? 0));
  if (schema.format === 'date-time') return OPENS_AT;
  return type === undefined ? {} : ofType[type];
}

function exampleObject(schema: Schema): object {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const choices = ((schema.oneOf ?? []) as { required?: string[] }[]).map(({ required = [] }) => required);
  const [chosen = [], ...others] = choices;
  const hidden = new Set(others.flat().filter((field) => !chosen.includes(field)));
  const required = (schema.required ?? []) as string[];
  const shown = properties.filter(
    ([field, each]) => !hidden.has(field) && (each.deprecated !== true || required.includes(field)),
  );
  const example = Object.fromEntries(shown.map(([field, each]) => [field, exampleOf(each, field)]));
  const more = schema.additionalProperties;
  if (shown.length === 0 && typeof more === 'object' && more !== null) return { name: exampleOf(more as Schema) };
  return example;
}

function fits(value: unknown, type: string | undefined, { enum: allowed, pattern, minimum, maximum }: Schema): boolean {
  if (Array.isArray(allowed)) return allowed.includes(value);
  if (typeof value === 'boolean') return type === 'boolean';
  if (typeof value === 'number') {
    const inRange = value >= Number(minimum ?? value) && value <= Number(maximum ?? value);
    return (type === 'integer' || type === 'number') && inRange;
  }
  return type === 'string' && (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(String(value)));
}
