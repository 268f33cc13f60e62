// The rights in Redis and MySQL are those that the code uses: none is missing, and none is too many. The tests that run
// the app do so with these rights; what they might not reach is found here: for MySQL in the statements themselves, for
// Redis in the scripts and in the text of the code.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/project.ts';
import { appCommands } from '../../src/redis/acl.ts';
import { rights } from '../../src/store/rights.ts';
import { coveredTables, everyStatement } from '../support/every-statement.ts';

function sources(folder: string, ending: string): string {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(projectRoot, folder, name), 'utf8'))
    .join('\n');
}

const code = ['src', 'workers'].map((folder) => sources(folder, '.ts')).join('\n');
const withSubcommand = new Set(appCommands.filter((name) => name.includes('|')).map((name) => name.split('|')[0]));

function inScripts(): string[] {
  return [...sources('lua', '.lua').matchAll(/redis\.p?call\(\s*'(\w+)'/g)].map(([, name = '']) => name.toLowerCase());
}

/** Methods of what is called a connection here, and `.call('name'`. */
function inCode(): string[] {
  const connections = /(?:\b(?:redis|commands|looks|once)|#(?:redis|listening))\)?\s*\.\s*([a-z]+)\(\s*(?:'([\w]+)')?/g;
  return [...code.matchAll(connections)].flatMap(([, method = '', first = '']) => {
    if (['on', 'once', 'off', 'connect', 'disconnect', 'duplicate', 'run'].includes(method)) return [];
    if (method === 'call') return [first.toLowerCase()];
    return [withSubcommand.has(method) ? `${method}|${first.toLowerCase()}` : method];
  });
}

/** No user can be refused it. */
const OPEN_TO_EVERYONE = ['auth'];
/** What the client library asks for: a connection's name and health, and scripts. */
const OF_THE_LIBRARY = ['client|setname', 'info', 'eval', 'evalsha'];

test('the Redis user may run each command that scripts and code name, and no other', () => {
  const used = new Set([...inScripts(), ...inCode(), ...OF_THE_LIBRARY]);
  const needed = [...used].filter((name) => !OPEN_TO_EVERYONE.includes(name));
  assert.deepEqual(needed.sort(), [...appCommands].sort());
});

test('the statements of each table are among those that are looked at', () => {
  const files = readdirSync(join(projectRoot, 'src/store/tables')).filter((name) => name.endsWith('.ts'));
  assert.deepEqual([...coveredTables].sort(), files.sort());
});

/** What a statement of MySQL needs, on each table that it names. @returns e.g. `coupon UPDATE` */
function rightsFor(statement: string): string[] {
  const named = (pattern: RegExp) => [...statement.matchAll(pattern)].map(([, table = '']) => table);
  const inserted = named(/\bINSERT INTO (\w+)/g);
  const updated = [...named(/\bUPDATE (\w+) SET\b/g), ...(/ ON DUPLICATE KEY UPDATE /.test(statement) ? inserted : [])];
  return [
    ...named(/\b(?:FROM|JOIN) (\w+)\b(?!\()/g).map((table) => `${table} SELECT`),
    ...inserted.map((table) => `${table} INSERT`),
    ...updated.map((table) => `${table} UPDATE`),
    ...named(/\bDELETE FROM (\w+)/g).map((table) => `${table} DELETE`),
  ];
}

test('the MySQL user has each right that a statement needs, and no other', async () => {
  const tables = [...sources('sql', '.sql').matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name = '']) => name);
  // The migration has a user of its own; the others only read how far it is.
  const { schema_migration: _, user_id_type: __, ...ours } = rights;
  assert.deepEqual(Object.keys(ours).sort(), tables.filter((table) => table !== 'user_id_type').sort());
  const needed = new Set((await everyStatement()).flatMap(rightsFor));
  const given = Object.entries(ours).flatMap(([table, list]) => list.map((right) => `${table} ${right.split(' ')[0]}`));
  assert.deepEqual(given.sort(), [...needed].filter((right) => !right.startsWith('DUAL ')).sort());
});

test('a right that is given for some columns covers each column that a statement changes', async () => {
  const statements = await everyStatement();
  for (const [table, list] of Object.entries(rights)) {
    const [, columns] = list.map((right) => /^UPDATE \((.*)\)$/.exec(right)).find((match) => match) ?? [];
    if (columns === undefined) continue;
    const changed = statements.flatMap((statement) => {
      const [, assignments = ''] = new RegExp(`\\bUPDATE ${table} SET (.*?) WHERE`).exec(statement) ?? [];
      return [...assignments.matchAll(/(\w+) ?= ?/g)].map(([, column = '']) => column);
    });
    assert.deepEqual([...new Set(changed)].sort(), columns.split(', ').sort(), table);
  }
});
