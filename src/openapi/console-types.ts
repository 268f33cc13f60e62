// The console's view of the admin API, as TypeScript: a type for each schema, and for each operation its method, path,
// role, parameters, body and answer. Made from the same document as openapi-admin.json, so a route that changes does
// not compile in a page that uses it as before. Fields that are deprecated are left out: the console has no old calls.
type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly 'x-roles'?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** From the least to the greatest; each may what those before it may. */
const ROLES = ['viewer', 'support', 'operator', 'admin'];
const USER_IDS = ['userId', 'userIds', 'pseudonym'];
const JSON_TYPE = 'application/json';

/** @returns the content of console/src/api-types.ts */
export function consoleTypes({ paths, components }: Description): string {
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema)};`,
  );
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
    .filter(({ path }) => path.startsWith('/admin/'));
  return `// Made from the admin API's description by \`npm run docs\`. Don't edit it.

/** A number, or a text with USER_ID_TYPE=text. */
export type UserId = number | string;

${schemas.join('\n\n')}

export interface Operations {
${operations.map(({ operation }) => `  ${operation.operationId}: ${shapeOf(operation)};`).join('\n')}
}

export type Role = ${ROLES.map((role) => `'${role}'`).join(' | ')};

/** Method, path, and the least role that may use it (null: no token is needed). */
export const operations: { readonly [Id in keyof Operations]: readonly [string, string, Role | null] } = {
${operations.map(routeOf).join('\n')}
};
`;
}

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function routeOf({ path, method, operation }: Placed): string {
  return `  ${operation.operationId}: ['${method.toUpperCase()}', '${path}', ${leastRole(operation)}],`;
}

function leastRole({ 'x-roles': roles }: Operation): string {
  const least = ROLES.find((role) => roles?.includes(role));
  return least === undefined ? 'null' : `'${least}'`;
}

function shapeOf({ parameters = [], requestBody, responses }: Operation): string {
  const body = requestBody?.content[JSON_TYPE]?.schema;
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content }]) => Object.values(content ?? {}).map(({ schema }) => typeOf(schema)));
  const fields = [
    `path: ${parametersIn('path')}`,
    `query: ${parametersIn('query')}`,
    `body: ${body ? typeOf(body) : 'undefined'}`,
    `answer: ${[...new Set(answers)].join(' | ') || 'undefined'}`,
  ];
  return `{ ${fields.join('; ')} }`;

  function parametersIn(place: string): string {
    const chosen = parameters.filter((parameter) => parameter.in === place);
    const named = chosen.map(
      ({ name, required, schema }) => `${name}${required ? '' : '?'}: ${fieldType(name, schema)}`,
    );
    return named.length === 0 ? 'Record<never, never>' : `{ ${named.join('; ')} }`;
  }
}

export function typeOf(schema: Schema): string {
  if (typeof schema.$ref === 'string') return schema.$ref.replace(/^.*\//, '');
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map(literal).join(' | ');
  const alternatives = (schema.properties ? undefined : (schema.anyOf ?? schema.oneOf)) as Schema[] | undefined;
  if (alternatives) return [...new Set(alternatives.map(typeOf))].join(' | ');
  if (Array.isArray(schema.type)) {
    return schema.type.map((type: string) => typeOf({ ...schema, type })).join(' | ');
  }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `Array<${schema.items ? typeOf(schema.items as Schema) : 'unknown'}>`;
    case 'object':
      return objectOf(schema);
    default:
      return 'unknown';
  }
}

/** The document has the type of the ids of its own database; a page must work with both. */
function fieldType(name: string, schema: Schema): string {
  const type = typeOf(schema);
  return USER_IDS.includes(name) ? type.replace('number', 'UserId') : type;
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties as Record<string, Schema>)
    .filter(([, schema]) => schema.deprecated !== true && !isDeprecatedChoice(schema))
    .map(([name, schema]) => `${name}${(required as string[]).includes(name) ? '' : '?'}: ${fieldType(name, schema)}`);
  if (fields.length > 0) return `{ ${fields.join('; ')} }`;
  const values = typeof additionalProperties === 'object' ? typeOf(additionalProperties as Schema) : 'unknown';
  return `Record<string, ${values}>`;
}

/** `anyOf: [a deprecated schema, null]`. */
function isDeprecatedChoice({ anyOf }: Schema): boolean {
  return Array.isArray(anyOf) && anyOf.some((schema: Schema) => schema.deprecated === true);
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value);
}
