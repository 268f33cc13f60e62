// The console as it is served: small, and complete without anything from elsewhere.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../../src/project.ts';

const folder = join(projectRoot, 'dist', 'console');
/** Loaded with each page. */
const SERVED = ['console.css', 'console.js', 'icon.svg', 'index.html'];
/** Served too, to the page Runbook alone: not in the bound. */
const RUNBOOK = 'runbook.json';
const GZIP_MAX = 120 * 1024;
/** The bundler needs a newer Node than the server: docs/decisions/console.md. */
const skip = existsSync(join(folder, 'console.js'))
  ? false
  : 'the console was not bundled: rolldown needs a newer Node';

const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');

test('the console is less than 120 KB over the network, without the runbook', { skip }, () => {
  const bytes = SERVED.reduce((sum, name) => sum + gzipSync(textOf(name), { level: 9 }).length, 0);
  assert.ok(bytes > 10_000, 'it is there');
  assert.ok(bytes < GZIP_MAX, `${bytes} bytes`);
});

test('it has no file besides those that are served, and no script or style inside of the page', { skip }, () => {
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => /\.(html|css|svg|map|json)$|^console\.js$/.test(name))
      .sort(),
    [...SERVED, RUNBOOK],
  );
  const page = textOf('index.html');
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]* src="\/console\/console\.js")|\son\w+=/);
});

test('it asks nobody else: no address of another origin in what is loaded', { skip }, () => {
  assert.doesNotMatch(textOf('console.css'), /url\(|@import/);
  const addresses = [...textOf('console.js').matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([address]) => address);
  // Names of XML namespaces are no addresses.
  assert.deepEqual(
    addresses.filter((address) => !address.startsWith('http://www.w3.org/')),
    [],
  );
});

test('texts reach the page as text: nothing writes HTML', () => {
  const sources = readdirSync(join(projectRoot, 'console', 'src'), { recursive: true, encoding: 'utf8' });
  const files = sources.filter((name) => /\.tsx?$/.test(name));
  assert.ok(files.length > 40, 'the sources are found');
  for (const name of files) {
    const text = readFileSync(join(projectRoot, 'console', 'src', name), 'utf8');
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
  }
});
