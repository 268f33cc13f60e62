// openapi.json of one port, made from what the code itself uses: its operations, their schemas, and the catalogue of
// errors.
import { exampleOf } from './examples.ts';
import { type Operation, problemSchema, referredAnswers } from './operation.ts';

export interface DocumentParts {
  readonly title: string;
  readonly description: string;
  /** Where the port is: an URL, or `/` for the origin that serves the document. */
  readonly server: string;
  readonly tags: readonly object[];
  readonly securitySchemes: Readonly<Record<string, object>>;
  readonly operations: readonly Operation[];
  /** Schemas that are shown once, under these names. */
  readonly named?: ReadonlyMap<unknown, string>;
}

export function documentOf(parts: DocumentParts): object {
  const { title, description, server, tags, securitySchemes, operations, named = new Map() } = parts;
  const paths: Record<string, Record<string, object>> = {};
  for (const { path, method, ...operation } of operations) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  const refer = referTo(named);
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: '2',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    tags,
    paths: refer(paths),
    components: {
      securitySchemes,
      responses: referredAnswers(operations),
      schemas: {
        Problem: problemSchema,
        ...Object.fromEntries([...named].map(([schema, name]) => [name, refer(schema, schema)])),
      },
    },
  };
}

/** A body or an answer in JSON, with an example. */
export function jsonContent(schema: object): { readonly 'application/json': object } {
  return { 'application/json': { schema, example: exampleOf(schema as Record<string, unknown>) } };
}

/** Named schemas are replaced by references, except the one that is shown itself. */
function referTo(named: ReadonlyMap<unknown, string>) {
  return function refer(value: unknown, self?: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const name = value === self ? undefined : named.get(value);
    if (name) return { $ref: `#/components/schemas/${name}` };
    if (Array.isArray(value)) return value.map((item) => refer(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, refer(item)]));
  };
}
