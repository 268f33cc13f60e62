#!/usr/bin/env node
// @ts-check
// Bundles each program (main, the command line, the workers) with the libraries that it uses, over what the compiler made of
// it: reading three files instead of some 600 halves the CPU time of a start, and of each worker that is replaced.
// The console's page becomes dist/console: one script, one style sheet, its icon, index.html, and the runbook.
// Tests and tools import the single modules beside them, which stay as they are.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** In this order; of a folder, every file. */
const STYLES = ['tokens.css', 'base.css', 'frame.css', 'parts', 'pages'];
const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = join(root, 'dist');
/** What programs share. As deep in dist as they are: src/project.ts counts the levels. */
const CHUNKS = 'bundle';
// uWebSockets.js is native; piscina starts a thread from a file of its own.
const external = ['uWebSockets.js', 'piscina'];
/**
 * Parts of libraries that no program of ours calls, and that each of them would load at its start: prom-client's own
 * metrics of a process, which bring OpenTelemetry with them.
 */
const unused = /[\\/]prom-client[\\/]lib[\\/](?:defaultMetrics|pushgateway)\.js$/;
const withoutUnused = {
  name: 'without what is not used',
  load: {
    filter: { id: unused },
    handler: () => 'module.exports = () => { throw new Error("left out: see bin/bundle.mjs"); };',
  },
};

/** Path in dist without its ending, and source. @returns {Record<string, string>} */
function programs() {
  const workers = readdirSync(join(root, 'workers')).map((file) => `workers/${basename(file, '.ts')}`);
  return Object.fromEntries(['src/main', 'src/cli', ...workers].map((name) => [name, join(root, `${name}.ts`)]));
}

/** uPlot's own styles, then ours: later ones win. */
function consoleStyles() {
  const folder = join(root, 'console', 'styles');
  const files = STYLES.flatMap((name) =>
    name.endsWith('.css')
      ? [join(folder, name)]
      : readdirSync(join(folder, name))
          .sort()
          .map((file) => join(folder, name, file)),
  );
  return [join(root, 'node_modules', 'uplot', 'dist', 'uPlot.min.css'), ...files]
    .map((file) =>
      readFileSync(file, 'utf8')
        .replaceAll(/\/\*[\s\S]*?\*\//g, '')
        .replaceAll(/\s*\n\s*/g, '\n')
        .trim(),
    )
    .join('\n');
}

async function bundleConsole() {
  const { build } = await import('rolldown');
  const folder = join(outDir, 'console');
  mkdirSync(folder, { recursive: true });
  await build({
    input: { console: join(root, 'console', 'src', 'main.tsx') },
    platform: 'browser',
    tsconfig: false,
    cwd: root,
    logLevel: 'warn',
    transform: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    output: { dir: folder, format: 'esm', entryFileNames: '[name].js', minify: true, codeSplitting: false },
  });
  writeFileSync(join(folder, 'console.css'), consoleStyles());
  const runbook = readFileSync(join(root, 'docs', 'runbook.md'), 'utf8');
  writeFileSync(join(folder, 'runbook.json'), JSON.stringify({ text: runbook }));
  for (const name of ['index.html', 'icon.svg']) copyFileSync(join(root, 'console', name), join(folder, name));
}

export async function bundle() {
  const { build } = await import('rolldown');
  // What was compiled of an earlier build is of no use: see compile-cache.mjs.
  for (const folder of [CHUNKS, '.compile-cache']) rmSync(join(outDir, folder), { recursive: true, force: true });
  await build({
    input: programs(),
    platform: 'node',
    external,
    plugins: [withoutUnused],
    tsconfig: false,
    cwd: root,
    logLevel: 'warn',
    output: {
      dir: outDir,
      format: 'esm',
      chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
      entryFileNames: '[name].js',
    },
  });
  await bundleConsole();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
