#!/usr/bin/env node
// @ts-check
// `npm run docs`: writes the files that are made from the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

await bootstrap();
const generated = '../dist/src/openapi/generated.js';
const dashboards = '../dist/grafana/src/dashboards.js';
const { generatedFiles } = await import(generated);
const { dashboardFiles } = await import(dashboards);
for (const [path, content] of [...generatedFiles(), ...dashboardFiles()]) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  console.log(path);
}
