// Where the files that are not TypeScript live. Compiled modules run from dist/src, so the project is two levels up.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Of package.json: semantic versioning, see CHANGELOG.md. */
export const version: string = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')).version;
