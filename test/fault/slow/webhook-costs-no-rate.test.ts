// A receiver that hangs costs the issuing rate nothing: two couponrush on servers of their own, one of them with such a
// receiver, are asked in turns, as fast as they answer.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { numbers } from '../../support/coupon-stores.ts';
import { WEBHOOK_SECRET } from '../../support/event-receiver.ts';
import { createReceiverProcess } from '../../support/event-receiver-process.ts';
import { IssueClient } from '../../support/issue-client.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const TURNS = 7;
const USERS_A_TURN = 4000;
const AT_ONCE = 200;
/** Far from 1 only on a machine that others use meanwhile. */
const RATIO_MIN = 0.85;

/** Each of these users is issued the coupon, so many at a time. @returns coupons a second */
async function issuingRate(scene: Scene, client: IssueClient, firstUser: number): Promise<number> {
  const users = numbers(firstUser, firstUser + USERS_A_TURN - 1);
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let user = users.pop(); user !== undefined; user = users.pop()) {
        // On a machine that is too busy a request is refused early, and asked again.
        for (let status: number | null = null; status !== 201 && status !== 400; )
          status = (await client.ask(user)).status;
      }
    }),
  );
  const tookMs = performance.now() - startMs;
  // The next turn is another's: nothing of this one is left to be written.
  await waitFor('the rows are written', async () => (await scene.countRows()) === firstUser + USERS_A_TURN - 1, {
    withinMs: 60_000,
    everyMs: 100,
  });
  return (USERS_A_TURN / tookMs) * 1000;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function open(t: TestContext, env: Readonly<Record<string, string>>) {
  const scene = await startScene(t, { stock: USERS_A_TURN * (TURNS + 1), mysql: {}, env });
  const client = new IssueClient({ port: scene.app.port, couponId: scene.couponId, freshShare: 0 });
  t.after(async () => client.close());
  return { scene, client, rates: [] as number[] };
}

test('a receiver that hangs does not change the issuing rate', async (t) => {
  const receiver = await createReceiverProcess(t);
  await receiver.start();
  receiver.freeze();
  const without = await open(t, {});
  const hanging = await open(t, { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET });
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const one of turn % 2 === 0 ? [without, hanging] : [hanging, without]) {
      const rate = await issuingRate(one.scene, one.client, turn * USERS_A_TURN + 1);
      // The first turn warms up.
      if (turn > 0) one.rates.push(rate);
    }
  }
  const ratio = median(hanging.rates) / median(without.rates);
  const shown = ({ rates }: { rates: number[] }) => rates.map((rate) => Math.round(rate)).join(' ');
  t.diagnostic(`coupons a second without: ${shown(without)}; hanging: ${shown(hanging)}; ratio ${ratio.toFixed(3)}`);
  assert.ok(ratio >= RATIO_MIN, `ratio ${ratio}`);
});
