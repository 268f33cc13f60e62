// One chaos run: open-loop load, and troubles planned from the seed, one after the other and over each other. At the
// end everything is healed, and every answer is joined with Redis and MySQL.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Proof, prove } from '../support/proof.ts';
import { startScene } from '../support/scene.ts';
import type { Scope } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';
import { Random } from './random.ts';
import { planTrouble } from './troubles.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

const PER_SECOND = 150;
/** So many of 100 users find a coupon: the end of the stock is met under trouble too. */
const STOCK_PERCENT = { min: 15, max: 60 };
/** So many of 100 requests come from a user who has asked before. */
const REPEATED_PERCENT = 20;
const PAUSE_MS = { min: 50, max: 900 };
const READY_WITHIN_MS = 30_000;
const DRAIN_WITHIN_MS = 60_000;

export async function runChaos(scope: Scope, { seed, seconds, say }: ChaosOptions): Promise<Proof> {
  const random = new Random(seed);
  const users = planUsers(new Random(seed + 1), PER_SECOND * seconds);
  const scene = await startScene(
    { after: (release) => scope.after(release), name: `chaos, seed ${seed}`, diagnostic: say },
    {
      stock: Math.round((new Set(users).size * random.between(STOCK_PERCENT.min, STOCK_PERCENT.max)) / 100),
      mysql: {},
      redisProxy: true,
      mysqlProxy: true,
    },
  );
  const startMs = performance.now();
  const rush = scene.rush({ perSecond: PER_SECOND, seconds, userOf: (index) => users[index] as number });
  const busy = new Set<string>();
  const running: Promise<void>[] = [];
  while (performance.now() - startMs < seconds * 1000) {
    await sleep(random.between(PAUSE_MS.min, PAUSE_MS.max));
    const trouble = planTrouble(random, scene);
    const { target, sentence } = trouble;
    const atSeconds = ((performance.now() - startMs) / 1000).toFixed(2).padStart(6);
    if (busy.has(target)) continue;
    say(`${atSeconds} s  ${sentence}`);
    busy.add(target);
    running.push(trouble.run().finally(() => busy.delete(target)));
  }
  const history = await rush.done;
  await Promise.all(running);
  say('all healed: settling, draining, joining the answers with Redis and MySQL');
  await waitFor('couponrush is ready again', async () => (await fetch(`${scene.app.url}/readyz`)).ok, {
    withinMs: READY_WITHIN_MS,
  });
  return prove(scene.stores, history, {
    url: scene.app.url,
    couponId: scene.couponId,
    drainWithinMs: DRAIN_WITHIN_MS,
  });
}

function planUsers(random: Random, count: number): number[] {
  const users: number[] = [];
  let newest = 0;
  for (let index = 0; index < count; index++) {
    if (newest > 0 && random.between(1, 100) <= REPEATED_PERCENT) users.push(random.between(1, newest));
    else users.push(++newest);
  }
  return users;
}
