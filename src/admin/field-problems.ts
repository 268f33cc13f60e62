// What is wrong with a request, one sentence a field, with what is allowed. It replaces the validator's own messages:
// each of those describes only one alternative of a schema.
import type { FastifyError } from 'fastify';
import { patternMeanings, type Schema } from './schemas.ts';

export interface FieldProblem {
  /** JSON pointer into the body, or the name of a parameter. */
  readonly field: string;
  /** Goes on where the name of the field ends. */
  readonly problem: string;
}

/** As ajv gives it with `verbose`. */
type Finding = NonNullable<FastifyError['validation']>[number] & {
  readonly schema?: unknown;
  readonly parentSchema?: Schema;
};

/** A body of 16 KB may have thousands of unknown fields. */
const FIELDS_MAX = 50;
const NAME_LENGTH_MAX = 100;
const TIME_EXAMPLE = '2026-12-01T10:00:00+09:00';

/** In the order in which they were found, each field once. */
export function fieldProblems(validation: readonly Finding[]): FieldProblem[] {
  const problems = new Map<string, { problem: string; depth: number }>();
  for (const finding of validation) {
    const found = problemOf(finding);
    if (!found) continue;
    // The outermost schema says all that a field may be.
    const depth = finding.schemaPath.split('/').length;
    const known = problems.get(found.field);
    if (!known || depth < known.depth) problems.set(found.field, { problem: found.problem, depth });
  }
  return [...problems].slice(0, FIELDS_MAX).map(([field, { problem }]) => ({ field, problem }));
}

/** As one line, for `detail`. */
export function sentenceOf(problems: readonly FieldProblem[]): string {
  return problems.map(({ field, problem }) => `${field.replace(/^\//, '') || 'the request'} ${problem}`).join('; ');
}

/** null: a part of another finding. */
function problemOf({
  keyword,
  instancePath,
  schemaPath,
  params,
  schema,
  parentSchema = {},
}: Finding): FieldProblem | null {
  const properties = (parentSchema.properties ?? {}) as Record<string, Schema>;
  switch (keyword) {
    case 'if':
      return null;
    case 'required': {
      if (/\/(anyOf|oneOf)\//.test(schemaPath)) return null;
      const name = String(params.missingProperty);
      return {
        field: `${instancePath}/${name}`,
        problem: `is missing: it must be ${meaningOf(properties[name] ?? {})}`,
      };
    }
    case 'additionalProperties': {
      const name = String(params.additionalProperty).slice(0, NAME_LENGTH_MAX);
      const problem = `is no field of this request: it has ${listOf(Object.keys(properties), 'and')}`;
      return { field: `${instancePath}/${name}`, problem };
    }
    case 'not': {
      const { required = [] } = schema as { required?: string[] };
      return { field: instancePath || '/', problem: `must have one of ${listOf(required, 'and')} only` };
    }
    case 'anyOf':
    case 'oneOf': {
      const names = namesOf(schema);
      if (names === null) break;
      const choice = keyword === 'oneOf' ? 'exactly one' : 'at least one';
      return { field: instancePath || '/', problem: `must have ${choice} of ${listOf(names, 'and')}` };
    }
  }
  return { field: instancePath || '/', problem: `must be ${meaningOf(parentSchema)}` };
}

/** Of alternatives that each need one field. */
function namesOf(alternatives: unknown): string[] | null {
  const required = (alternatives as Schema[]).map((each) => each.required as readonly string[] | undefined);
  return required.every((names) => names?.length === 1) ? required.flatMap((names) => names ?? []) : null;
}

/** What a value may be, as the end of "must be". */
export function meaningOf(schema: Schema): string {
  const { type, minimum, maximum, minLength, maxLength } = schema;
  if (Array.isArray(schema.enum)) return listOf(schema.enum.map(String), 'or');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(meaningOf).join(', or ');
  switch (type) {
    case 'null':
      return 'null';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `an integer${range(minimum, maximum, ' from ')}`;
    case 'array': {
      const items = meaningOf((schema.items ?? {}) as Schema);
      return `a list of${range(schema.minItems, schema.maxItems, ' ')} values, each ${items}`;
    }
    case 'string': {
      const length = maxLength === undefined ? '' : `, of${range(minLength, maxLength, ' ')} characters`;
      if (schema.format === 'date-time') return `a time with an offset, such as ${TIME_EXAMPLE}`;
      return `${patternMeanings.get(schema.pattern) ?? 'a text'}${length}`;
    }
    default:
      return type === 'object' ? 'a JSON object' : 'something else';
  }
}

function range(min: unknown, max: unknown, before: string): string {
  if (min !== undefined && max !== undefined) return `${before}${min} to ${max}`;
  if (max !== undefined) return ` of at most ${max}`;
  return min === undefined ? '' : ` of at least ${min}`;
}

function listOf(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
