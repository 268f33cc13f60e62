// Where the files that are not TypeScript live. Compiled modules run from dist/src, so the project is two levels up.
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
