// `npm run bench:attempts`: the seven attempts of the reference and couponrush, under the same spikes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run bench:attempts -- [options]
  --attempt N     1 to 7, or 8 for couponrush; may be repeated; without it all
  --condition C   plain, 5ms, 20ms or frozen; may be repeated; without it all
  --cut SECONDS   answers that come later do not count (60)
  --json FILE     write all figures`;

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        attempt: { type: 'string', multiple: true },
        condition: { type: 'string', multiple: true },
        cut: { type: 'string', default: '60' },
        json: { type: 'string' },
      },
    });
    const cutSeconds = Number(values.cut);
    if (!(cutSeconds >= 1 && cutSeconds <= 600)) throw new Error('--cut must be from 1 to 600 seconds');
    const numbers = (values.attempt ?? ['1', '2', '3', '4', '5', '6', '7', '8']).map(Number);
    if (!numbers.every((number) => number >= 1 && number <= 8)) throw new Error('--attempt must be from 1 to 8');
    return { numbers, conditions: values.condition ?? [], cutSeconds, jsonFile: values.json ?? null };
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = readArguments();
const folder = mkdtempSync(join(tmpdir(), 'couponrush-bench-'));
// Read when the module of the servers is loaded.
process.env.TEST_RUN_DIR = folder;
const { runAttempts } = await import('./run.ts');
try {
  const report = await runAttempts(
    options,
    (line) => process.stderr.write(`bench: ${line}\n`),
    (text) => console.log(`\n${text}`),
  );
  if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
