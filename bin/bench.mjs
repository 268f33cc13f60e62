#!/usr/bin/env node
// @ts-check
// `npm run bench`, `bench:attempts`, `bench:gate`, `bench:holders`: sets up what is missing, then measures.
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
const [, , what = 'scenarios'] = process.argv;
const entries = { scenarios: 'main', attempts: 'attempts/main', gate: 'gate/main', holders: 'holders/main' };
const name = Object.hasOwn(entries, what) ? entries[/** @type {keyof typeof entries} */ (what)] : null;
if (name === null) {
  console.error(`bench: first argument must be one of: ${Object.keys(entries).join(', ')}`);
  process.exit(2);
}
process.argv.splice(2, 1);
const entry = `../dist/bench/${name}.js`;
await import(entry);
