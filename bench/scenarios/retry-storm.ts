// Everybody asks twice, one request right after the other: the second one is a duplicate.
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { runIssue } from '../measure/steady-run.ts';

export async function openRetryStorm({ options, generators, stage }: Context): Promise<Scenario> {
  const load: Load = { kind: 'closed', connections: options.connections, seconds: options.seconds };
  await runIssue(stage, generators, { ...load, seconds: 1 });
  const variant = (name: string, asksEach: number) => ({
    name,
    measure: async () => (await runIssue(stage, generators, load, { asksEach })).measurement,
  });
  return {
    name: 'retry-storm',
    title: 'everyone asks twice at once, against everyone once; rows are compared with the 201s',
    conditions:
      `${options.connections} kept connections, ${options.seconds} ` +
      `s a run, ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: 'once',
    compared: 'serverMicros',
    figures: columns(
      'requestsPerSecond',
      'grantedPerSecond',
      'grantedP99Ms',
      'refusedP99Ms',
      'httpMicros',
      'redisMicros',
      'serverMicros',
      'failed',
    ),
    variants: [variant('once', 1), variant('twice', 2)],
    close: async () => {},
  };
}
