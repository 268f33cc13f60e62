#!/usr/bin/env node
// @ts-check
// `npm start`: sets up what is missing, then becomes the cluster primary itself, so that signals reach it directly.
import { bootstrap } from './bootstrap.mjs';
import { useCompileCache } from './compile-cache.mjs';
import { unreadableFile } from './named-files.mjs';

const problem = unreadableFile(process.env);
if (problem !== null) {
  process.stderr.write(`couponrush: ${problem}\n`);
  process.exit(1);
}
await bootstrap();
useCompileCache();
const main = '../dist/src/main.js';
await import(main);
