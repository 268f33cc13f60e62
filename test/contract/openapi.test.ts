// What is made from the code is current, and openapi.json tells of the routes that there are.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { adminRoutes } from '../../src/admin/routes.ts';
import { problems } from '../../src/errors.ts';
import { openapiDocument } from '../../src/openapi/document.ts';
import { generatedFiles } from '../../src/openapi/generated.ts';
import { projectRoot } from '../../src/project.ts';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Record<string, { $ref?: string }> }>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, { content: Record<string, { schema: object }> }>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

const document = openapiDocument() as Document;

for (const [path, content] of generatedFiles()) {
  test(`${path} is what \`npm run docs\` writes`, () => {
    assert.equal(readFileSync(join(projectRoot, path), 'utf8'), content);
  });
}

test('openapi.json has each route of the issue API, and no other', () => {
  const server = readFileSync(join(projectRoot, 'src/http/server.ts'), 'utf8');
  const routes = [
    ...server.matchAll(/this\.#path\(\s*(?:front,\s*)?(?:'\w+',\s*)?'(\/[^']+)',\s*\{\s*(GET|POST)/g),
  ].map(([, path = '', method]) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  assert.ok(routes.length >= 5, 'the routes of src/http/server.ts are found');
  const told = Object.entries(document.paths)
    .filter(([path]) => !path.startsWith('/admin'))
    .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
  assert.deepEqual(told.sort(), routes.sort());
});

test('openapi.json has each route of the admin API, and no other', () => {
  const told = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/admin'))
    .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
  const routes = adminRoutes().map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(told.sort(), routes.sort());
});

test('each reference in openapi.json leads somewhere, and each code of the catalogue is answered somewhere', () => {
  const text = JSON.stringify(document);
  for (const [, kind, name] of text.matchAll(/"#\/components\/(\w+)\/([\w.]+)"/g)) {
    const known = document.components[kind as 'responses' | 'schemas'];
    assert.ok(known[name as string], `#/components/${kind}/${name}`);
  }
  const answered = new Set(Object.keys(document.components.responses).flatMap((name) => name.split('.')));
  // Each path has these, whatever is documented of it.
  for (const code of ['NOT_FOUND', 'METHOD_NOT_ALLOWED']) answered.add(code);
  assert.deepEqual([...answered].sort(), Object.keys(problems).sort());
});
