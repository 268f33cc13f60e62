#!/usr/bin/env node
// @ts-check
// `npm start`: sets up what is missing, then becomes the cluster primary itself, so that signals reach it directly.
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
const main = '../dist/src/main.js';
await import(main);
