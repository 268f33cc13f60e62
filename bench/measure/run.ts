// Scenarios, their variants, and how they are run: in turns, so that what the machine does meanwhile meets all alike.
import type { Slice } from '../generator/messages.ts';
import { loadAverage } from './machine.ts';

/** One measurement of one variant. */
export interface Measurement {
  /** By name with unit, e.g. `requestsPerSecond`, `httpMicros`. */
  readonly figures: Readonly<Record<string, number>>;
  readonly slices?: readonly Slice[];
  /** Coupons without their row, over time. */
  readonly backlog?: readonly { readonly atMs: number; readonly rows: number }[];
}

export interface Variant {
  readonly name: string;
  /** What the server is set to, if it is not the default. */
  readonly settings?: string;
  measure(run: number): Promise<Measurement>;
}

export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly digits: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Conditions that hold for all its variants. */
  readonly conditions: string;
  /** Name of the variant that the others are compared with. */
  readonly baseline: string;
  /** The figure whose ratio to the baseline is reported. */
  readonly compared: string;
  /** Others whose ratio is reported as well. */
  readonly alsoCompared?: readonly string[];
  readonly figures: readonly Figure[];
  readonly variants: readonly Variant[];
  /** How often each variant is measured, if it is not the harness's choice. */
  readonly runs?: number;
  close(): Promise<void>;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface VariantResult {
  readonly name: string;
  readonly settings?: string;
  readonly figures: Readonly<Record<string, Spread>>;
  /** To the baseline of the same round; missing if there is nothing to compare. */
  readonly ratio?: Spread;
  /** The same of the figures that are compared as well, by name. */
  readonly otherRatios?: Readonly<Record<string, Spread>>;
  readonly measurements: readonly Measurement[];
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly conditions: string;
  readonly baseline: string;
  readonly compared: string;
  readonly alsoCompared?: readonly string[];
  readonly columns: readonly Figure[];
  readonly variants: readonly VariantResult[];
  readonly loadAverage: { readonly before: number; readonly after: number };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1
      ? (sorted[Math.floor(middle)] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return { median, least: sorted[0] as number, most: sorted.at(-1) as number };
}

/** Round by round, all variants one after the other; every second round in reverse. */
export async function runScenario(
  scenario: Scenario,
  runs: number,
  say: (line: string) => void,
): Promise<ScenarioResult> {
  const before = loadAverage();
  const measurements = new Map<string, Measurement[]>(scenario.variants.map(({ name }) => [name, []]));
  const rounds = scenario.runs ?? runs;
  for (let run = 0; run < rounds; run++) {
    const order = run % 2 === 0 ? scenario.variants : [...scenario.variants].reverse();
    for (const variant of order) {
      say(`${scenario.name}: run ${run + 1} of ${rounds}, ${variant.name} ...`);
      measurements.get(variant.name)?.push(await variant.measure(run));
    }
  }
  return {
    name: scenario.name,
    title: scenario.title,
    conditions: scenario.conditions,
    baseline: scenario.baseline,
    compared: scenario.compared,
    ...(scenario.alsoCompared ? { alsoCompared: scenario.alsoCompared } : {}),
    columns: scenario.figures,
    variants: scenario.variants.map((variant) => summarize(scenario, variant, measurements)),
    loadAverage: { before, after: loadAverage() },
  };
}

function summarize(scenario: Scenario, variant: Variant, all: ReadonlyMap<string, Measurement[]>): VariantResult {
  const mine = all.get(variant.name) ?? [];
  const names = new Set(mine.flatMap(({ figures }) => Object.keys(figures)));
  const valuesOf = (name: string) => mine.map(({ figures }) => figures[name]).filter((value) => value !== undefined);
  const ratiosOf = (name: string) =>
    mine.flatMap(({ figures }, run) => {
      const own = figures[name];
      const base = all.get(scenario.baseline)?.[run]?.figures[name];
      return own === undefined || !base ? [] : [own / base];
    });
  const ratios = ratiosOf(scenario.compared);
  const others = (scenario.alsoCompared ?? []).map((name) => [name, ratiosOf(name)] as const);
  return {
    name: variant.name,
    ...(variant.settings === undefined ? {} : { settings: variant.settings }),
    figures: Object.fromEntries([...names].map((name) => [name, spreadOf(valuesOf(name))])),
    ...(ratios.length === 0 ? {} : { ratio: spreadOf(ratios) }),
    ...(others.length === 0
      ? {}
      : { otherRatios: Object.fromEntries(others.map(([name, values]) => [name, spreadOf(values)])) }),
    measurements: mine,
  };
}
