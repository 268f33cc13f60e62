#!/usr/bin/env node
// @ts-check
// `npm run cli`, `spike`, `verify`: sets up what is missing, then runs the command.
import { bootstrap } from './bootstrap.mjs';
import { useCompileCache } from './compile-cache.mjs';

await bootstrap();
useCompileCache();
const cli = '../dist/src/cli.js';
await import(cli);
