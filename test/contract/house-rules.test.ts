// Rules of the house that a reader relies on, held against the code itself.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/project.ts';
import { findCircles, importsOf } from '../support/import-graph.ts';

/** Folders of src, and what each may import. Whatever is not named here is an entry point or imports nothing of src. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  metrics: [],
  runtime: [],
  local: ['redis', 'runtime'],
  redis: ['metrics'],
  store: ['metrics'],
  issuance: ['metrics', 'redis', 'runtime', 'store'],
  outbox: ['metrics', 'redis', 'runtime', 'store'],
  rebuild: ['outbox', 'redis', 'store'],
  verify: ['outbox', 'rebuild', 'redis', 'store'],
  gate: ['rebuild', 'redis', 'runtime', 'store'],
  coupons: ['outbox', 'rebuild', 'redis', 'runtime', 'store', 'verify'],
  events: ['metrics', 'runtime', 'store'],
  overview: ['coupons', 'outbox', 'redis', 'store'],
  watch: ['coupons', 'metrics', 'outbox', 'redis', 'runtime', 'store', 'verify'],
  http: ['coupons', 'issuance', 'metrics', 'redis', 'runtime', 'store'],
  cluster: ['coupons', 'gate', 'local', 'metrics', 'redis', 'runtime', 'store'],
  history: ['redis', 'store', 'verify'],
  spike: ['history', 'redis', 'runtime', 'store', 'verify'],
  openapi: ['admin', 'metrics', 'redis', 'store'],
  admin: ['coupons', 'events', 'outbox', 'overview', 'redis', 'runtime', 'spike', 'store', 'verify'],
  commands: ['admin', 'coupons', 'gate', 'local', 'outbox', 'overview', 'redis', 'spike', 'store', 'verify'],
};

const FORBIDDEN_NAMES = ['utils', 'helpers', 'common', 'types', 'interfaces', 'misc'];
const FILE_LINES_MAX = 300;
const LINE_COLUMNS_MAX = 120;
/** Texts of generated files, which have their own lines. */
const GENERATED_TEXTS = [
  'src/metrics/document.ts',
  'src/openapi/generated.ts',
  'src/redis/acl-file.ts',
  'src/store/rights.ts',
];
/** One table: splitting it would hide a setting. */
const LONG_FILES = ['src/settings.ts'];

const isStore = (file: string) => file.startsWith('src/store/');
const signsOfSql = [
  { name: 'a text that begins like a statement', pattern: /['"`]\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|SHOW) / },
  { name: 'a statement on a table', pattern: /\b(INSERT INTO|DELETE FROM|UPDATE \w+ SET|SELECT .+ FROM) / },
  { name: 'a call that takes a statement', pattern: /\.(query|execute)(<[^(]*>)?\(/ },
];

function filesOf(folder: string, ...endings: string[]): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name));
}

/** Everything that is written by people in TypeScript. */
function allSources(): string[] {
  const server = ['src', 'workers', 'test', 'bench', 'client/src', 'client/demo'];
  return [...server.flatMap((folder) => filesOf(folder, '.ts')), ...consoleFiles()];
}

function consoleFiles(): string[] {
  return filesOf('console/src', '.ts', '.tsx').filter((file) => file !== 'console/src/api-types.ts');
}

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');

test('folders of src import only what they may', () => {
  for (const file of filesOf('src', '.ts')) {
    const [, folder, rest] = file.split('/');
    if (!folder || !rest) continue;
    const allowed = mayImport[folder];
    assert.ok(allowed, `${folder} is not in the table of this test`);
    for (const path of importsOf(file, read(file))) {
      const target = path.split('/');
      if (target[0] !== 'src' || target.length < 3) continue;
      const to = target[1] as string;
      assert.ok(to === folder || allowed.includes(to), `${file} imports ${path}: ${folder} may not know ${to}`);
    }
  }
});

test('no files import each other in a circle', () => {
  const files = [...['src', 'workers'].flatMap((folder) => filesOf(folder, '.ts')), ...consoleFiles()];
  const edges = new Map(files.map((file) => [file, importsOf(file, read(file))]));
  assert.ok([...edges.values()].flat().length > 2 * files.length, 'the imports are found');
  assert.deepEqual(findCircles(edges), []);
});

test('the console is pages above parts above what knows no page', () => {
  for (const file of consoleFiles()) {
    const imported = importsOf(file, read(file));
    for (const path of imported) {
      const outside = !path.startsWith('console/src/');
      assert.ok(!outside, `${file} imports ${path}: the page can load only what is bundled with it`);
      if (file.startsWith('console/src/pages/')) continue;
      const isFrame = ['console/src/pages.tsx', 'console/src/main.tsx'].includes(file);
      assert.ok(isFrame || !path.startsWith('console/src/pages/'), `${file} imports the page ${path}`);
    }
  }
});

test('SQL is in src/store and nowhere else', () => {
  const outside = ['src', 'workers'].flatMap((folder) => filesOf(folder, '.ts')).filter((file) => !isStore(file));
  for (const file of outside) {
    for (const { name, pattern } of signsOfSql) assert.doesNotMatch(read(file), pattern, `${file}: ${name}`);
  }
  // What is looked for is found where it must be.
  const tables = filesOf('src/store/tables', '.ts').map(read);
  for (const { name, pattern } of signsOfSql)
    assert.ok(
      tables.some((source) => pattern.test(source)),
      name,
    );
});

test('the table coupon is written in one file, but for the stock that the rows of an insert thread take', () => {
  const written = /INSERT INTO coupon\s|UPDATE coupon SET|DELETE FROM coupon\s/;
  const writers = filesOf('src', '.ts').filter((file) => written.test(read(file)));
  const threads = ['src/store/insert-batch.ts', 'src/store/insert-many.ts', 'src/store/insert-singly.ts'];
  assert.deepEqual(writers.sort(), [...threads, 'src/store/tables/coupon-changes.ts']);
  const [header = ''] = read('src/store/tables/coupon-changes.ts').split('\nimport ');
  for (const file of threads) {
    assert.match(header, new RegExp(`\\.\\./${basename(file)}`));
    for (const [, column] of read(file).matchAll(/UPDATE coupon SET (\w+)/g)) assert.equal(column, 'stock', file);
  }
});

test('ARCHITECTURE.md names the files of src outside its folders that a reader looks for, and the glossary', () => {
  const page = read('ARCHITECTURE.md');
  for (const file of ['errors.ts', 'settings.ts', 'config.ts', 'stores.ts']) {
    assert.match(page.slice(page.indexOf('## Folders')), new RegExp(`\\b${file}`));
  }
  assert.match(page.slice(0, page.indexOf('## Folders')), /`src\/errors\.ts`/);
  const [, anchor = ''] = /\(docs\/README\.md#([\w-]+)\)/.exec(page) ?? [];
  const headings = [...read('docs/README.md').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  assert.ok(headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-')).includes(anchor), `#${anchor}`);
});

/** A coupon's discount: an amount with or without a percent sign. */
const AMOUNTS = ['src/commands/coupon/fields.ts'];
const DIGITS = /\\d\{[01],1[456]\}/;
const ID_FILES = ['src/ids.ts', 'src/user-id-number.ts', 'src/user-id-text.ts'];

test('what an id looks like is said in src/ids.ts and the files of user ids alone', () => {
  for (const file of ['src', 'workers'].flatMap((folder) => filesOf(folder, '.ts'))) {
    if ([...ID_FILES, ...AMOUNTS].includes(file)) continue;
    assert.doesNotMatch(read(file), DIGITS, file);
  }
});

test('a file is about one subject: short, and named for it', () => {
  for (const file of [...allSources(), ...filesOf('console/styles', '.css')]) {
    assert.ok(!FORBIDDEN_NAMES.includes(basename(file).replace(/\.\w+$/, '')), `${file}: a name that says nothing`);
    if (LONG_FILES.includes(file)) continue;
    const lines = read(file).split('\n').length;
    assert.ok(lines <= FILE_LINES_MAX, `${file} has ${lines} lines`);
  }
});

test('no line is over 120 columns, comments and strings as well', () => {
  for (const file of [...allSources(), ...filesOf('lua', '.lua')]) {
    if (GENERATED_TEXTS.includes(file)) continue;
    for (const [index, line] of read(file).split('\n').entries()) {
      assert.ok(line.length <= LINE_COLUMNS_MAX, `${file}:${index + 1} has ${line.length} columns`);
    }
  }
});

for (const file of filesOf('lua', '.lua')) {
  test(`${file}: the header names each key and argument that the script uses`, () => {
    const source = read(file);
    assert.match(
      source,
      /^#!lua( flags=[\w,-]+)?\n/,
      'Redis checks memory and role before it starts a script with this line',
    );
    const code = source.replaceAll(/^--.*$/gm, '');
    for (const kind of ['KEYS', 'ARGV']) {
      const header = new Set(
        [...source.matchAll(new RegExp(`^-- ${kind}\\[(\\d+)(?:\\.\\.\\d*)?\\] \\w`, 'gm'))].map(([, n]) => Number(n)),
      );
      const used = [...code.matchAll(new RegExp(`${kind}\\[(\\d+)\\]`, 'g'))].map(([, n]) => Number(n));
      for (const number of used) assert.ok(header.has(number), `${kind}[${number}] is not in the header`);
      if (new RegExp(`unpack\\(${kind}\\b`).test(code)) assert.ok(header.size > 0, `no ${kind} in the header`);
    }
    assert.match(source, /^-- Reply/m, 'the header tells the reply');
  });
}

test('each script is run by somebody, and each that is run exists', () => {
  const scripts = filesOf('lua', '.lua').map((file) => basename(file, '.lua'));
  const sources = ['src', 'workers'].flatMap((folder) => filesOf(folder, '.ts')).map(read);
  for (const name of scripts) {
    assert.ok(
      sources.some((source) => source.includes(`'${name}'`)),
      `lua/${name}.lua is run by nobody`,
    );
  }
  for (const source of sources) {
    for (const [, name = ''] of source.matchAll(/runScript\(\s*[\w.#]+,\s*'([\w-]+)'/g)) {
      assert.ok(scripts.includes(name), `lua/${name}.lua does not exist`);
    }
  }
});
