// Issue at saturation: what a granted coupon costs, against servers that do less.
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';
import { runAgainst, runIssue } from '../measure/steady-run.ts';

/** Compiling takes 4 % of the HTTP worker's CPU after 2 s, and 0.3 % after 10 s. */
const WARM_UP_SECONDS = 6;

export async function openSustained({ options, generators, stage }: Context): Promise<Scenario> {
  const releases = new Releases();
  const bare = await startBaseline(releases, 'bare-uws', options.workers);
  const fastify = await startBaseline(releases, 'fastify', 1, { BASELINE_REDIS_URL: stage.redisUrl });
  const load: Load = { kind: 'closed', connections: options.connections, seconds: options.seconds };
  const warmUp: Load = { ...load, seconds: WARM_UP_SECONDS };
  const redis = stage.cast().redis as readonly number[];
  let plain = 0;

  async function runFastify(how: Load) {
    // A coupon that couponrush does not know: no one else uses these keys.
    plain += 1;
    const couponId = 900_000_000 + plain;
    await stage.redis.set(`coupon:${couponId}:stock`, 500_000_000);
    const result = await runAgainst(generators, fastify.port, how, [couponId], { http: fastify.pids, redis });
    await stage.redis.unlink(`coupon:${couponId}:stock`, `issue:coupon:${couponId}`, `coupon:${couponId}:outbox`);
    return result;
  }
  await runAgainst(generators, bare.port, warmUp, [1], { http: bare.pids });
  await runFastify(warmUp);
  await runIssue(stage, generators, warmUp);

  return {
    name: 'sustained',
    title: 'issue at saturation, closed loop, rows written meanwhile',
    conditions:
      `${options.connections} kept connections, ${options.seconds} ` +
      `s a run, ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: 'bare uWS',
    compared: 'serverMicros',
    figures: columns(
      'requestsPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      'httpMicros',
      'redisMicros',
      'serverMicros',
      'wholeMicros',
      'httpRssMb',
      'generatorMicros',
      'generatorCores',
      'failed',
    ),
    variants: [
      {
        name: 'bare uWS',
        measure: async () => (await runAgainst(generators, bare.port, load, [1], { http: bare.pids })).measurement,
      },
      { name: 'couponrush', measure: async () => (await runIssue(stage, generators, load)).measurement },
      { name: 'Fastify + ioredis', measure: async () => (await runFastify(load)).measurement },
    ],
    close: () => releases.close(),
  };
}
