// `npm run bench`: runs scenarios against couponrush and its baselines, and prints what they found.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions, USAGE, UsageError } from './options.ts';
import { renderHtml } from './report/html.ts';
import { scenarios } from './scenarios/catalogue.ts';

const say = (line: string) => process.stderr.write(`bench: ${line}\n`);

function readArguments() {
  try {
    const options = readOptions(process.argv.slice(2));
    const unknown = options.scenarios.find((name) => !Object.hasOwn(scenarios, name));
    if (unknown !== undefined) throw new UsageError(`there is no scenario ${unknown}`);
    return options;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`bench: ${error.message}\n\n${USAGE}\n\nscenarios: ${Object.keys(scenarios).join(', ')}`);
    process.exit(2);
  }
}

const options = readArguments();
const folder = mkdtempSync(join(tmpdir(), 'couponrush-bench-'));
// Read when the module of the servers is loaded.
process.env.TEST_RUN_DIR = folder;
const { runBench } = await import('./bench.ts');
try {
  const report = await runBench(options, say, (table) => console.log(`\n${table}`));
  if (options.htmlFile)
    writeFileSync(options.htmlFile, renderHtml('couponrush bench', report.machine, report.scenarios));
  if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
