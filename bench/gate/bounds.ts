// What the gate holds: ratios within one run, so that a slower machine changes nothing. Each bound lies about a fifth
// above what a quiet machine showed: beyond the spread of clean runs, and below what a path dearer by 30 % shows.
import type { ScenarioResult } from '../measure/run.ts';

export interface Bound {
  readonly scenario: string;
  readonly what: string;
  readonly most: number;
  read(result: ScenarioResult): number;
}

function ratio(result: ScenarioResult, variant: string): number {
  return result.variants.find(({ name }) => name === variant)?.ratio?.median ?? Number.NaN;
}

function median(result: ScenarioResult, variant: string, figure: string): number {
  return result.variants.find(({ name }) => name === variant)?.figures[figure]?.median ?? Number.NaN;
}

export const bounds: readonly Bound[] = [
  {
    scenario: 'sold-out',
    what: "CPU of a refusal (HTTP worker and Redis) to bare uWebSockets.js'",
    most: 1.35,
    read: (result) => ratio(result, 'couponrush'),
  },
  {
    scenario: 'sustained',
    what: "CPU of a grant (HTTP worker and Redis, appendfsync always) to bare uWebSockets.js'",
    most: 2.4,
    read: (result) => ratio(result, 'couponrush'),
  },
  {
    scenario: 'sustained',
    what: 'the same to Fastify with one script call a request',
    most: 0.52,
    read: (result) =>
      median(result, 'couponrush', 'serverMicros') / median(result, 'Fastify + ioredis', 'serverMicros'),
  },
  {
    scenario: 'drain',
    what: 'CPU of a row out of the outbox, all processes, to a bare insert loop',
    most: 1.2,
    read: (result) => median(result, 'couponrush', 'wholeMicros') / median(result, 'bare insert loop', 'wholeMicros'),
  },
];
