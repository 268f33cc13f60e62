// The rights in Redis and MySQL are those that the code uses: none is missing, and none is too many. The tests that run
// the app do so with these rights; what they might not reach is found here, in the text.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/project.ts';
import { appCommands } from '../../src/redis/acl.ts';
import { rights } from '../../src/store/rights.ts';

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

test('the MySQL user has each right that a statement in the code needs, and no other', () => {
  const tables = [...sources('sql', '.sql').matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name = '']) => name);
  assert.deepEqual(Object.keys(rights).sort(), [...tables, 'schema_migration'].sort());
  // The migration has a user of its own.
  const migration = readFileSync(join(projectRoot, 'src/store/migrate.ts'), 'utf8');
  const statements = code.replace(migration, '');
  for (const table of tables) {
    const needs = {
      SELECT: new RegExp(`\\b(FROM|JOIN) ${table}\\b`),
      INSERT: new RegExp(`\\bINSERT INTO ${table}\\b`),
      UPDATE: new RegExp(`\\bUPDATE ${table} SET|INSERT INTO ${table}\\b[^;]*?ON DUPLICATE KEY UPDATE`),
      DELETE: new RegExp(`\\bDELETE FROM ${table}\\b`),
    };
    const needed = Object.entries(needs).flatMap(([right, statement]) => (statement.test(statements) ? [right] : []));
    assert.deepEqual(
      (rights[table] ?? []).map((right) => right.split(' ')[0]),
      needed,
      table,
    );
  }
});
