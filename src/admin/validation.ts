// JSON Schema as the admin API checks it. Bodies are taken literally: a number in quotes is no number, and a field that
// is not in the schema is refused. All that is wrong is found at once (bodies are small). What comes in a path or query
// is text, and becomes what its schema says.
import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import { isWellFormed, WELL_FORMED } from '../coupons/text.ts';

const strict: Options = { strict: true, allowUnionTypes: true, useDefaults: true, allErrors: true, verbose: true };
const forBodies = new Ajv({ ...strict, coerceTypes: false, strictRequired: false });
const forTexts = new Ajv({ ...strict, coerceTypes: true });
for (const ajv of [forBodies, forTexts]) {
  formats.default(ajv, ['date-time']);
  ajv.addFormat(WELL_FORMED, isWellFormed);
}

export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? forBodies : forTexts).compile(schema);
