// openapi.json as both servers send it: read once, at their start, and without the blanks that are for people.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project.ts';

export const openapiPath = join(projectRoot, 'docs', 'openapi.json');

export function readOpenapi(): string {
  return JSON.stringify(JSON.parse(readFileSync(openapiPath, 'utf8')));
}
