// All style sheets are one in the browser: what a page says of a class holds on every page.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../../src/project.ts';

const folder = join(projectRoot, 'console', 'styles', 'pages');

/** Classes that a rule of the file is about: those at the beginning of a selector. */
function classesOf(file: string): Set<string> {
  const text = readFileSync(join(folder, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  // What is left out on paper is named by the page that is printed.
  const onScreen = text.split('@media print')[0] as string;
  const selectors = [...onScreen.matchAll(/([^{}]+)\{/g)].flatMap(([, selector = '']) => selector.split(','));
  return new Set(selectors.flatMap((selector) => /^\s*\.([\w-]+)/.exec(selector)?.[1] ?? []));
}

/** Of the parts that all pages share: a page may say how one of them stands in it. */
const shared = readdirSync(join(folder, '..', 'parts')).flatMap((file) => [
  ...classesOf(join('..', 'parts', file)).values(),
]);

test('no two pages style the same class', () => {
  const owners = new Map<string, string>();
  for (const file of readdirSync(folder)) {
    for (const name of classesOf(file)) {
      if (shared.includes(name)) continue;
      assert.equal(owners.get(name), undefined, `${file} styles .${name}, as ${owners.get(name)} does`);
      owners.set(name, file);
    }
  }
  assert.ok(owners.size > 50);
});
