// `npm run bench:gate`: fails if the hot path became dearer than its bounds, measured as ratios in one run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run bench:gate -- [options]
  --plant MICROS   make each request dearer by about so much, to see that the gate fails
  --json FILE      write all figures`;

function readArguments() {
  try {
    const { values } = parseArgs({ options: { plant: { type: 'string', default: '0' }, json: { type: 'string' } } });
    const plantMicros = Number(values.plant);
    if (!(plantMicros >= 0 && plantMicros <= 1000)) throw new Error('--plant must be from 0 to 1000 microseconds');
    return { plantMicros, jsonFile: values.json ?? null };
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { plantMicros, jsonFile } = readArguments();
const folder = mkdtempSync(join(tmpdir(), 'couponrush-bench-'));
// Read when the module of the servers is loaded.
process.env.TEST_RUN_DIR = folder;
const { runGate } = await import('./run.ts');
try {
  const verdict = await runGate(plantMicros, (line) => process.stderr.write(`bench: ${line}\n`), console.log);
  if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(verdict, null, 2)}\n`);
  process.exitCode = verdict.passed ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
