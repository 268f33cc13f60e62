// The console has a sentence for each code that the admin API can answer, in each language.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogues } from '../../console/src/texts/catalogue.ts';
import { problems } from '../../src/errors.ts';
import { projectRoot } from '../../src/project.ts';

interface Answer {
  readonly content: Readonly<
    Record<string, { readonly schema: { readonly allOf: readonly { properties?: { code?: { enum: string[] } } }[] } }>
  >;
}

const file = readFileSync(join(projectRoot, 'docs', 'openapi-admin.json'), 'utf8');
const { responses } = (JSON.parse(file) as { components: { responses: Record<string, Answer> } }).components;
/** Of a method that a path does not have: the document has no operation that could name it. */
const WITHOUT_OPERATION = ['METHOD_NOT_ALLOWED'];
const answered = new Set([
  ...WITHOUT_OPERATION,
  ...Object.values(responses)
    .flatMap(({ content }) => Object.values(content).flatMap(({ schema }) => schema.allOf))
    .flatMap(({ properties }) => properties?.code?.enum ?? []),
]);
/** Made by the page itself. */
const OWN = ['UNREACHABLE', 'UNEXPECTED', 'SESSION_ENDED', 'other'];

test('each error code of the admin API has a text in each language', () => {
  assert.ok(answered.has('CURSOR_EXPIRED') && answered.has('STORES_AWAY') && answered.size > 20, 'they are found');
  for (const [language, { errors = {} }] of Object.entries(catalogues)) {
    const missing = [...answered].filter((code) => !errors[code]);
    assert.deepEqual(missing, [], `without a text in ${language}`);
  }
});

test('no text is left of a code that the server does not have', () => {
  const known = new Set([...Object.keys(problems), ...OWN]);
  for (const [language, { errors = {} }] of Object.entries(catalogues)) {
    const left = Object.keys(errors).filter((code) => !known.has(code));
    assert.deepEqual(left, [], language);
  }
});
