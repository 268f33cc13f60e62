// A balancer between couponrush and Redis that forgets connections at rest, without a word.
import assert from 'node:assert/strict';
import { askAtOnce } from './rush.ts';
import { type SceneContext, startScene } from './scene.ts';

export interface Rests {
  readonly forgetsAfterMs: number;
  /** Without a request, each time. */
  readonly restMs: number;
  readonly times: number;
  /** For the first answer after a rest. */
  readonly withinMs: number;
}

const CROWD = 300;

/** Asks for one coupon after each rest, and then lets a crowd ask after one more. Pings are too rare to help. */
export async function askAfterRests(
  t: SceneContext,
  { forgetsAfterMs, restMs, times, withinMs }: Rests,
): Promise<void> {
  const scene = await startScene(t, {
    stock: times + CROWD,
    redisProxy: true,
    env: { WORKERS: '1', COUPONRUSH_REDIS_PING_MS: '600000' },
  });
  const asking = { port: scene.app.port, couponId: scene.couponId };
  const rest = () => new Promise((resolve) => setTimeout(resolve, restMs));
  scene.redisProxy.forgetAfter(forgetsAfterMs);
  const history = [];
  for (let user = 1; user <= times; user++) {
    await rest();
    history.push(...(await askAtOnce(asking, [user])));
  }
  const tookMs = history.map(({ startedAtMs, endedAtMs }) => Math.round(endedAtMs - startedAtMs));
  t.diagnostic(`first answers after a rest: ${tookMs.join(', ')} ms`);
  await rest();
  const crowd = await askAtOnce(
    asking,
    Array.from({ length: CROWD }, (_, index) => times + 1 + index),
  );
  const proof = await scene.prove([...history, ...crowd]);
  assert.equal(proof.rows, times + CROWD, 'each was issued: none was refused, and nothing is unknown');
  assert.deepEqual(
    [...history, ...crowd].filter(({ status }) => status !== 201),
    [],
  );
  assert.ok(Math.max(...tookMs) < withinMs, `${tookMs.join(', ')} ms`);
}
