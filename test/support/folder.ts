// A new folder for the files of one test, inside the folder of the run: what a test leaves goes with that.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function testFolder(name: string): string {
  return mkdtempSync(join(process.env.TEST_RUN_DIR ?? tmpdir(), `couponrush-${name}-`));
}
