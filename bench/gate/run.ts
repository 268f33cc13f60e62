// One run of the gate. A bound that does not hold is measured a second time, and only a second failure counts: what
// else runs on the machine comes and goes, a regression stays.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../src/project.ts';
import type { Context } from '../measure/context.ts';
import { Generators } from '../measure/generators.ts';
import { describeMachine, machineLine } from '../measure/machine.ts';
import { runScenario } from '../measure/run.ts';
import { Releases, Stage, serverVersions } from '../measure/stage.ts';
import { type BenchOptions, readOptions } from '../options.ts';
import { align, format } from '../report/table.ts';
import { scenarios } from '../scenarios/catalogue.ts';
import { type Bound, bounds } from './bounds.ts';

const ROUNDS = 4;
const SECONDS = 2;
/** An issue request reads the clock so often in its HTTP worker. */
const CLOCK_READINGS = 3;

export interface Held {
  readonly what: string;
  readonly most: number;
  readonly found: readonly number[];
  readonly holds: boolean;
}

export interface Verdict {
  readonly passed: boolean;
  readonly seconds: number;
  readonly bounds: readonly Held[];
}

export async function runGate(
  plantMicros: number,
  say: (line: string) => void,
  print: (text: string) => void,
): Promise<Verdict> {
  const startMs = performance.now();
  const releases = new Releases();
  try {
    const options: BenchOptions = { ...readOptions([]), seconds: SECONDS, runs: ROUNDS };
    const generators = await Generators.start(options.generators);
    releases.after(async () => generators.stop());
    const stage = await Stage.open(releases, { workers: options.workers, ...planted(plantMicros) });
    print(machineLine(describeMachine(await serverVersions(stage))));
    const context: Context = { options, generators, say, stage };
    const held: Held[] = [];
    for (const name of new Set(bounds.map(({ scenario }) => scenario))) {
      const mine = bounds.filter(({ scenario }) => scenario === name);
      const first = await measure(context, name, mine);
      const broken = mine.some((bound, index) => !((first[index] as number) <= bound.most));
      if (broken) say(`${name}: a bound does not hold: measured again ...`);
      const second = broken ? await measure(context, name, mine) : null;
      for (const [index, { what, most }] of mine.entries()) {
        const found = [first[index] as number, ...(second ? [second[index] as number] : [])];
        held.push({ what, most, found, holds: found.some((value) => value <= most) });
      }
    }
    const passed = held.every(({ holds }) => holds);
    print(
      align([
        ['bound', 'at most', 'found', ''],
        ...held.map(({ what, most, found, holds }) => [
          what,
          format(most, 2),
          found.map((value) => format(value, 2)).join(', then '),
          holds ? 'holds' : 'BROKEN',
        ]),
      ]),
    );
    const seconds = (performance.now() - startMs) / 1000;
    print(`gate ${passed ? 'passed' : 'FAILED'} in ${format(seconds, 0)} s`);
    return { passed, seconds, bounds: held };
  } finally {
    await releases.close();
  }
}

async function measure(context: Context, name: string, mine: readonly Bound[]): Promise<number[]> {
  const scenario = await scenarios[name]?.(context);
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  try {
    const result = await runScenario(scenario, ROUNDS, () => {});
    return mine.map((bound) => bound.read(result));
  } finally {
    await scenario.close();
  }
}

function planted(micros: number) {
  if (micros === 0) return {};
  const file = pathToFileURL(join(projectRoot, 'dist/bench/gate/plant.js')).href;
  return { nodeOptions: `--import='${file}'`, env: { BENCH_PLANT_MICROS: String(micros / CLOCK_READINGS) } };
}
