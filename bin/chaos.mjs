#!/usr/bin/env node
// @ts-check
// `npm run chaos -- --seed N --seconds S --user-ids number|text`: sets up what is missing, then lets everything fail at random under load.
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
const chaos = '../dist/test/chaos/main.js';
await import(chaos);
