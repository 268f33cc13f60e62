// Scenarios that run the same load on differently set servers: durability (next to bare uWebSockets.js), number of
// workers, and what single decisions of the design are worth.
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario, Variant } from '../measure/run.ts';
import { Releases, Stage, type StageOptions } from '../measure/stage.ts';
import { runAgainst, runIssue } from '../measure/steady-run.ts';

interface Setting extends Partial<StageOptions> {
  readonly name: string;
}

const BARE = 'bare uWS';
const WARM_UP_SECONDS = 1;

async function openWithSettings(
  { options, generators }: Context,
  what: Pick<Scenario, 'name' | 'title' | 'compared'>,
  settings: readonly (Setting | typeof BARE)[],
): Promise<Scenario> {
  const releases = new Releases();
  const loadOf = (seconds: number): Load => ({ kind: 'closed', connections: options.connections, seconds });

  async function openVariant(setting: Setting | typeof BARE): Promise<Variant> {
    if (setting === BARE) {
      const bare = await startBaseline(releases, 'bare-uws', options.workers);
      const ask = (how: Load) => runAgainst(generators, bare.port, how, [1], { http: bare.pids });
      await ask(loadOf(WARM_UP_SECONDS));
      return { name: BARE, measure: async () => (await ask(loadOf(options.seconds))).measurement };
    }
    const { name, ...how } = setting;
    const stage = await Stage.open(releases, { workers: options.workers, ...how });
    await runIssue(stage, generators, loadOf(WARM_UP_SECONDS));
    return { name, measure: async () => (await runIssue(stage, generators, loadOf(options.seconds))).measurement };
  }
  const variants: Variant[] = [];
  for (const setting of settings) variants.push(await openVariant(setting));
  return {
    ...what,
    conditions:
      `${options.connections} kept connections, ${options.seconds} s a run, rows written ` +
      `meanwhile; where not said otherwise ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: variants[0]?.name ?? '',
    figures: columns(
      'requestsPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      'httpMicros',
      'redisMicros',
      'serverMicros',
      'wholeMicros',
      'httpRssMb',
      'failed',
    ),
    variants,
    close: () => releases.close(),
  };
}

export const openDurability = (context: Context) =>
  openWithSettings(
    context,
    { name: 'durability', title: "what Redis' durability costs", compared: 'requestsPerSecond' },
    [
      { name: 'no append-only file', redis: { appendonly: 'no' } },
      { name: 'everysec', redis: { appendfsync: 'everysec' } },
      { name: 'always (default)' },
      BARE,
    ],
  );

export const openEngines = (context: Context) =>
  openWithSettings(context, { name: 'engines', title: 'what uWebSockets.js is worth', compared: 'requestsPerSecond' }, [
    { name: 'uWebSockets.js', env: { HTTP_ENGINE: 'uws' } },
    { name: 'node:http', env: { HTTP_ENGINE: 'node' } },
    BARE,
  ]);

export const openWorkers = (context: Context) =>
  openWithSettings(
    context,
    { name: 'workers', title: 'number of HTTP workers', compared: 'requestsPerSecond' },
    [1, 2, 4].map((workers) => ({ name: `${workers} HTTP worker(s)`, workers })),
  );

export const openAblations = (context: Context) =>
  openWithSettings(
    context,
    { name: 'ablations', title: 'what batches and connections are worth', compared: 'serverMicros' },
    [
      { name: 'batches, 2 connections (default)' },
      { name: 'batches, 1 connection', env: { COUPONRUSH_REDIS_CONNECTIONS: '1' } },
      { name: 'batches, 8 connections', env: { COUPONRUSH_REDIS_CONNECTIONS: '8' } },
      {
        name: 'one user a call, 64 connections',
        env: {
          COUPONRUSH_BATCH_USERS_MAX: '1',
          COUPONRUSH_REDIS_CONNECTIONS: '64',
          COUPONRUSH_QUEUE_DELAY_MAX_MS: '1900',
        },
      },
    ],
  );
