// `npm run chaos -- --seed N --seconds S`: prints its seed, what it did and the verdict. Exits with 0 only if nothing
// was over-issued, nothing granted is without a row, no user has two, no refusal was issued, and all unknowns are
// settled.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const SECONDS = 30;
const SEED_MAX = 1_000_000;

const USAGE = 'npm run chaos -- [--seed <number>] [--seconds <number>] [--user-ids number|text]';
const values = readArguments();
const seed = readNumber('seed', values.seed, Math.floor(Math.random() * SEED_MAX));
const seconds = readNumber('seconds', values.seconds, SECONDS);
// Read when the modules of the product are loaded, here and in its processes.
if (values['user-ids'] !== undefined) process.env.USER_ID_TYPE = readType(values['user-ids']);

function readArguments() {
  try {
    return parseArgs({
      options: { seed: { type: 'string' }, seconds: { type: 'string' }, 'user-ids': { type: 'string' } },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function readNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : refuse(`--${name} must be a number`);
}

function readType(text: string): string {
  return text === 'number' || text === 'text' ? text : refuse('--user-ids must be number or text');
}

function refuse(why: string): never {
  console.error(`chaos: ${why}. Usage: ${USAGE}`);
  process.exit(2);
}

const say = (line: string) => console.log(line);
const folder = mkdtempSync(join(tmpdir(), 'couponrush-chaos-'));
// Read when the module of the servers is loaded.
process.env.TEST_RUN_DIR = folder;
const { runChaos } = await import('./run.ts');
const { describeFailures } = await import('../support/proof.ts');

const releases: (() => Promise<void>)[] = [];
say(`chaos: seed ${seed}, ${seconds} s, user ids: ${process.env.USER_ID_TYPE ?? 'number'}`);
try {
  const proof = await runChaos({ after: (release) => releases.push(release) }, { seed, seconds, say });
  const failures = describeFailures(proof);
  say(`history: ${proof.line}`);
  if (failures === '') say(`PROVEN (seed ${seed}): no answer contradicts what is stored`);
  else {
    say(`NOT PROVEN (seed ${seed}):\n${failures}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error);
  say(`NOT PROVEN (seed ${seed}): the run itself failed`);
  process.exitCode = 1;
} finally {
  for (const release of releases) await release().catch((error) => console.error(error));
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
