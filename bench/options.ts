// The options of `npm run bench`.
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Names of the scenarios to run; empty: all. */
  readonly scenarios: readonly string[];
  /** Length of one measurement under a steady load. */
  readonly seconds: number;
  readonly runs: number;
  /** HTTP workers, if a scenario does not say otherwise. */
  readonly workers: number;
  readonly generators: number;
  readonly connections: number;
  readonly quick: boolean;
  readonly jsonFile: string | null;
  readonly htmlFile: string | null;
  readonly profileDir: string | null;
  /** A built folder of another version, which some scenarios measure in turns with this one. */
  readonly beforeDir: string | null;
}

export const USAGE = `npm run bench -- [options]
  --scenario NAME     one of those below, may be repeated; without it all
  --seconds N         length of one measurement under a steady load (5; 2 with --quick)
  --runs N            how often each variant is measured (3; 1 with --quick)
  --workers N         HTTP workers (1, so that a worker is saturated on a small machine)
  --generators N      load generator processes (1)
  --connections N     kept connections of a steady load (256)
  --json FILE         write all figures
  --html FILE         write a report with charts
  --profile DIR       write a CPU profile of each process of couponrush there
  --before DIR        a built folder of another version, measured in turns (cold-spike, start)
  --quick             short runs: to see that all works, not to be quoted`;

export class UsageError extends Error {}

export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parse(args);
  const quick = values.quick === true;
  const number = (
    name: 'seconds' | 'runs' | 'workers' | 'generators' | 'connections',
    fallback: number,
    max: number,
  ) => {
    const text = values[name];
    if (text === undefined) return fallback;
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > max) throw new UsageError(`--${name} must be an integer from 1 to ${max}`);
    return value;
  };
  return {
    scenarios: values.scenario ?? [],
    seconds: number('seconds', quick ? 2 : 5, 600),
    runs: number('runs', quick ? 1 : 3, 100),
    workers: number('workers', 1, 64),
    generators: number('generators', 1, 16),
    connections: number('connections', 256, 10_000),
    quick,
    jsonFile: values.json ?? null,
    htmlFile: values.html ?? null,
    profileDir: values.profile ?? null,
    beforeDir: values.before ?? null,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        scenario: { type: 'string', multiple: true },
        seconds: { type: 'string' },
        runs: { type: 'string' },
        workers: { type: 'string' },
        generators: { type: 'string' },
        connections: { type: 'string' },
        json: { type: 'string' },
        html: { type: 'string' },
        profile: { type: 'string' },
        before: { type: 'string' },
        quick: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
