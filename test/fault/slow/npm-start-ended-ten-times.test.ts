// With its own databases, which outlive nothing either. Ended at a different moment of the start in each round.

import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { installation } from '../../support/npm-start.ts';
import { waitFor } from '../../support/wait.ts';

const ROUNDS = 10;
/** From the first line of npm to a server that is ready. */
const LONGEST_DELAY_MS = 6000;

test('npm start & kill $!, ten times on one folder: nothing is left, and the next start works', async (t) => {
  const place = await installation(t);
  for (let round = 0; round < ROUNDS; round++) {
    const { parent } = place.start();
    await sleep((LONGEST_DELAY_MS * round) / ROUNDS);
    parent.kill(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
    await waitFor(`nothing is left in round ${round}`, () => place.processes().length === 0, { withinMs: 60_000 });
  }
  await place.start().ready();
});

test('a start on the same folder and port waits for one whose npm was killed', async (t) => {
  const place = await installation(t);
  for (const phase of ['primary', 'local-servers', 'persister']) {
    const started = place.start();
    const title = `couponrush ${phase}`;
    await waitFor(title, () => place.processes().some((each) => each.title === title), { withinMs: 60_000 });
    started.parent.kill('SIGKILL');
    const next = place.start();
    await next.ready();
    next.parent.kill('SIGTERM');
    await waitFor(`nothing is left of ${phase}`, () => place.processes().length === 0, { withinMs: 20_000 });
  }
});
