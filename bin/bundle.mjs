#!/usr/bin/env node
// @ts-check
// Bundles each program (main, the command line, the workers) with the libraries that it uses, over what the compiler made of
// it: reading three files instead of some 600 halves the CPU time of a start, and of each worker that is replaced.
// Tests and tools import the single modules beside them, which stay as they are.
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = join(root, 'dist');
/** What programs share. As deep in dist as they are: src/project.ts counts the levels. */
const CHUNKS = 'bundle';
// uWebSockets.js is native; piscina starts a thread from a file of its own.
const external = ['uWebSockets.js', 'piscina'];

/** Path in dist without its ending, and source. @returns {Record<string, string>} */
function programs() {
  const workers = readdirSync(join(root, 'workers')).map((file) => `workers/${basename(file, '.ts')}`);
  return Object.fromEntries(['src/main', 'src/cli', ...workers].map((name) => [name, join(root, `${name}.ts`)]));
}

export async function bundle() {
  const { build } = await import('rolldown');
  rmSync(join(outDir, CHUNKS), { recursive: true, force: true });
  await build({
    input: programs(),
    platform: 'node',
    external,
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
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
