// One bench run: generators, a stage, the scenarios one after the other.
import { resolve } from 'node:path';
import type { Context } from './measure/context.ts';
import { Generators } from './measure/generators.ts';
import { describeMachine, type Machine, machineLine } from './measure/machine.ts';
import { runScenario, type ScenarioResult } from './measure/run.ts';
import { Releases, Stage, serverVersions } from './measure/stage.ts';
import type { BenchOptions } from './options.ts';
import { renderTable } from './report/table.ts';
import { scenarios } from './scenarios/catalogue.ts';

export interface BenchReport {
  readonly machine: Machine;
  readonly options: BenchOptions;
  readonly scenarios: readonly ScenarioResult[];
}

export async function runBench(
  options: BenchOptions,
  say: (line: string) => void,
  print: (text: string) => void,
): Promise<BenchReport> {
  const releases = new Releases();
  try {
    const generators = await Generators.start(options.generators);
    releases.after(async () => generators.stop());
    say('starting Redis, MySQL and couponrush ...');
    const stage = await Stage.open(releases, { workers: options.workers, ...profiled(options.profileDir) });
    const machine = describeMachine(await serverVersions(stage));
    print(machineLine(machine));
    const context: Context = { options, generators, say, stage };
    const names = options.scenarios.length > 0 ? options.scenarios : Object.keys(scenarios);
    const results: ScenarioResult[] = [];
    for (const name of names) {
      say(`${name}: preparing ...`);
      const scenario = await scenarios[name]?.(context);
      if (!scenario) continue;
      try {
        const result = await runScenario(scenario, options.runs, say);
        results.push(result);
        print(renderTable(result));
      } finally {
        await scenario.close();
      }
    }
    return { machine, options, scenarios: results };
  } finally {
    await releases.close();
  }
}

/** Each process writes its profile when it ends. */
function profiled(folder: string | null) {
  return folder === null ? {} : { nodeOptions: `--cpu-prof --cpu-prof-dir='${resolve(folder)}'` };
}
