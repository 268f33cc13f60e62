// The texts of the console: none is missing, none is left over, and each language says the same of the same values.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogues, fill } from '../../../console/src/texts/catalogue.ts';
import { projectRoot } from '../../../src/project.ts';

const folder = join(projectRoot, 'console', 'src');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('texts/'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const code = sources.map(({ text }) => text).join('\n');

/** `page.name` of a language. */
const keysOf = (language: 'en' | 'ko') =>
  Object.entries(catalogues[language]).flatMap(([page, texts]) => Object.keys(texts).map((name) => `${page}.${name}`));
const textAt = (language: 'en' | 'ko', key: string) => {
  const [page = '', name = ''] = key.split('.');
  return catalogues[language][page]?.[name] ?? '';
};
const valuesIn = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();

test('both languages have the same texts, with the same values, and none is empty', () => {
  assert.deepEqual(keysOf('ko').sort(), keysOf('en').sort());
  for (const key of keysOf('en')) {
    assert.notEqual(textAt('en', key).trim(), '', key);
    assert.deepEqual(valuesIn(textAt('ko', key)), valuesIn(textAt('en', key)), key);
  }
});

test('Korean texts are Korean, but for names', () => {
  for (const key of keysOf('ko')) {
    const text = textAt('ko', key).replaceAll(/\{[^}]*\}/g, '');
    assert.ok(/[가-힣]/.test(text) || !/[a-z]{4}/.test(text) || text.length < 12, `${key}: ${text}`);
  }
});

test('each text is used, and each that is used exists', () => {
  const used = new Set([...code.matchAll(/\b(?:t|textOf)\(\s*'([\w.-]+)'/g)].map(([, key = '']) => key));
  for (const [, key = ''] of code.matchAll(/'((?:[a-z]+)\.[\w-]+)'/g)) used.add(key);
  // Keys that are made of data: `phase.${phase}` uses every text that begins so.
  const starts = [...code.matchAll(/`([a-z]+\.[\w-]*)\$\{/g)].map(([, start = '']) => start);
  const isUsed = (key: string) => used.has(key) || starts.some((start) => key.startsWith(start));
  assert.deepEqual(
    keysOf('en').filter((key) => !isUsed(key)),
    [],
    'nothing uses them',
  );
  const known = new Set(keysOf('en'));
  const called = [...code.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key = '']) => key);
  assert.ok(called.length > 20, 'the calls are found');
  for (const key of called) assert.ok(known.has(key), `${key} is in no catalogue`);
});

test('each action that the server writes into the audit has a text', () => {
  const files = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' });
  const written = files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...readFileSync(join(projectRoot, 'src', name), 'utf8').matchAll(/\b(?:action: |makeMove\(servers, )'([a-z]+)'/g),
    ]);
  const actions = new Set(written.map(([, action = '']) => action));
  assert.ok(actions.has('pause') && actions.has('rehearse'), 'they are found');
  const known = new Set(keysOf('en'));
  for (const action of actions) assert.ok(known.has(`moves.${action}`), `${action} has no text`);
});

test('no component has a text of its own', () => {
  for (const { name, text } of sources.filter(({ name }) => name.endsWith('.tsx'))) {
    // What stands between two tags, or is said to a screen reader.
    for (const [, said = ''] of text.matchAll(/>\s*([A-Z][a-z]+(?: [a-z]+)+[^<{]*)</g)) {
      assert.fail(`${name}: "${said.trim()}" belongs into console/src/texts`);
    }
    assert.doesNotMatch(text, /(?:aria-label|title|placeholder)="[A-Z]/, name);
  }
});

test('a text is filled with values: a word by its number, and what is missing stays visible', () => {
  const write = (value: number) => value.toLocaleString('en');
  const text = '{count} {count:coupon|coupons} of {name}';
  assert.equal(fill(text, { count: 1, name: 'Kim' }, write), '1 coupon of Kim');
  assert.equal(fill(text, { count: 12_000, name: '{count}' }, write), '12,000 coupons of {count}');
  assert.equal(fill('{unknown}', {}, write), '{unknown}');
});
