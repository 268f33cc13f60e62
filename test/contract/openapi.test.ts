// What is made from the code is current, and the openapi.json of each port describes the routes of that port.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { adminRoutes } from '../../src/admin/routes.ts';
import { problems } from '../../src/errors.ts';
import { routeTable } from '../../src/http/route-table.ts';
import { adminDocument } from '../../src/openapi/admin-document.ts';
import { generatedFiles } from '../../src/openapi/generated.ts';
import type { IdentityMode } from '../../src/openapi/identity.ts';
import { issueDocument } from '../../src/openapi/issue-api.ts';
import { projectRoot } from '../../src/project.ts';
import { issuanceStatuses } from '../../src/store/tables/issuances.ts';

interface Content {
  readonly 'application/json'?: { readonly schema: object; readonly example?: unknown };
  readonly 'application/problem+json'?: { readonly schema: object; readonly example?: unknown };
}

interface Operation {
  readonly operationId: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: { type?: string } }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content; readonly $ref?: string }>>;
}

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly responses: Readonly<Record<string, { readonly content: Content }>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

const issue = (mode: IdentityMode = 'trust') => issueDocument(mode, '/') as Document;
const documents = {
  issue: issue(),
  'issue, jwt': issue('jwt'),
  'issue, hmac': issue('hmac'),
  admin: adminDocument('/') as Document,
};

function operationsOf({ paths }: Document): { readonly route: string; readonly operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );
}

/** Of one operation: each body with its example, and where it stands. */
function bodiesOf({ route, operation }: { route: string; operation: Operation }) {
  const bodies = [{ at: `${route} request`, content: operation.requestBody?.content }];
  for (const [status, answer] of Object.entries(operation.responses)) {
    bodies.push({ at: `${route} ${status}`, content: answer.content });
  }
  return bodies.flatMap(({ at, content }) => Object.values(content ?? {}).map((each) => ({ at, ...each })));
}

for (const [path, content] of generatedFiles()) {
  test(`${path} is what \`npm run docs\` writes`, () => {
    assert.equal(readFileSync(join(projectRoot, path), 'utf8'), content);
  });
}

test("the issue port's document has each route of its server, and no other", () => {
  const routes = routeTable.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  const described = operationsOf(documents.issue).map(({ route }) => route);
  assert.deepEqual(described.sort(), routes.sort());
});

test("the admin port's document has each route of its server, and no other", () => {
  const described = operationsOf(documents.admin).map(({ route }) => route);
  const routes = adminRoutes().map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(described.sort(), [...routes, 'GET /livez', 'GET /openapi.json'].sort());
});

test('an operationId is used once, in both documents together', () => {
  const ids = [documents.issue, documents.admin].flatMap((document) =>
    operationsOf(document).map(({ operation }) => operation.operationId),
  );
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
});

for (const [name, document] of Object.entries(documents)) {
  test(`${name}: one server, and each operation says which of the security schemes it needs`, () => {
    assert.equal(document.servers.length, 1);
    const used = new Set<string>();
    for (const { route, operation } of operationsOf(document)) {
      assert.ok(operation.security, `${route}: security`);
      const needed = operation.security.flatMap((requirement) => Object.keys(requirement));
      for (const scheme of needed) {
        assert.ok(document.components.securitySchemes[scheme], `${route}: ${scheme}`);
        used.add(scheme);
      }
      // A login has its token in its body.
      const isOpen = !/ \/admin\/| \/api\/v2\/me\//.test(route) || route === 'POST /admin/v1/session';
      assert.equal(needed.length === 0, isOpen, `${route} needs ${needed.join(', ') || 'nothing'}`);
    }
    assert.deepEqual([...used].sort(), Object.keys(document.components.securitySchemes).sort());
  });

  test(`${name}: each body has an example, and each example fits its schema`, () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    ajv.addSchema({ $id: 'document', components: document.components });
    const check = (at: string, { schema, example }: { schema: object; example?: unknown }) => {
      assert.notEqual(example, undefined, `${at}: no example; src/openapi/examples.ts makes them`);
      const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components'));
      const validate = ajv.compile(local);
      const fits = validate(example);
      assert.ok(fits, `${at}: ${ajv.errorsText(validate.errors)}; give the schema \`examples\``);
    };
    for (const each of operationsOf(document)) {
      const bodies = bodiesOf(each);
      assert.ok(bodies.length > 0, `${each.route}: no body`);
      for (const { at, ...body } of bodies) check(at, body);
    }
    for (const [at, { content }] of Object.entries(document.components.responses)) {
      check(at, content['application/problem+json'] as { schema: object });
    }
  });

  test(`${name}: each reference leads somewhere`, () => {
    for (const [, kind, component] of JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/([\w.]+)"/g)) {
      const known = document.components[kind as 'responses' | 'schemas'];
      assert.ok(known[component as string], `#/components/${kind}/${component}`);
    }
  });
}

test('the security schemes are those of the identity mode', () => {
  const headersOf = (mode: IdentityMode) =>
    Object.values(issue(mode).components.securitySchemes).map((scheme) => scheme.name ?? scheme.bearerFormat);
  assert.deepEqual(headersOf('trust'), ['Commerce-User-Id']);
  assert.deepEqual(headersOf('jwt'), ['JWT']);
  assert.deepEqual(headersOf('hmac'), ['Commerce-User-Id', 'Commerce-Signature']);
});

test('an id in a path is a number in both documents, as it is in bodies', () => {
  for (const { route, operation } of [documents.issue, documents.admin].flatMap(operationsOf)) {
    for (const parameter of operation.parameters ?? []) {
      if (!parameter.name.endsWith('Id') || parameter.in !== 'path') continue;
      assert.equal(parameter.schema.type, 'integer', `${route}: ${parameter.name}`);
    }
  }
});

test('what openapi.json says a status of an issuance can be is what the table can hold', () => {
  const schema = readFileSync(join(projectRoot, 'sql/001_coupons.sql'), 'utf8');
  const [, list = ''] = /user_coupon_status CHECK \(status IN \(([^)]+)\)/.exec(schema) ?? [];
  assert.deepEqual(
    list.split(',').map((each) => each.trim().replaceAll("'", '')),
    [...issuanceStatuses],
  );
});

// Rust's and Go's engines refuse them, and then a tool ignores the whole pattern.
test('no pattern has surrogates', () => {
  for (const document of [adminDocument('/'), issueDocument('trust', '/')]) {
    assert.doesNotMatch(JSON.stringify(document), /\\ud[89a-f]/i);
  }
});

test('each code of the catalogue is answered somewhere', () => {
  const answered = new Set(
    [documents.issue, documents.admin].flatMap(({ components }) =>
      Object.keys(components.responses).flatMap((name) => name.split('.')),
    ),
  );
  // Each path has these, whatever is documented of it.
  for (const code of ['NOT_FOUND', 'METHOD_NOT_ALLOWED']) answered.add(code);
  assert.deepEqual([...answered].sort(), Object.keys(problems).sort());
});
