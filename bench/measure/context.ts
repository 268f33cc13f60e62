// What a scenario is given to work with.
import type { BenchOptions } from '../options.ts';
import type { Generators } from './generators.ts';
import type { Scenario } from './run.ts';
import type { Stage } from './stage.ts';

export interface Context {
  readonly options: BenchOptions;
  readonly generators: Generators;
  readonly say: (line: string) => void;
  /** The default stage: couponrush with the durable settings, shared by the scenarios that change nothing of it. */
  readonly stage: Stage;
}

export type OpenScenario = (context: Context) => Promise<Scenario>;
