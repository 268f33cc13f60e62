// A crowd asks "did I get one?" through the whole rush, and through a fault in it. Every answer is held against what
// the same users were answered by the issue route, and against the stores: no holder is ever told that there is none,
// and after the deadline "none" is final.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { checkReads } from '../../../src/history/check-reads.ts';
import { HoldingReaders } from '../../support/holding-readers.ts';
import { type Scene, type SceneOptions, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const PER_SECOND = 400;
const SECONDS = 4;
const STOCK = 1000;
const DEADLINE_MS = 2000;
/** For what a busy machine adds to the way of a request. */
const MARGIN_MS = 500;

async function readThrough(
  t: TestContext,
  options: Partial<SceneOptions>,
  fault: (scene: Scene) => Promise<unknown>,
): Promise<{ known: number; unavailable: number }> {
  const scene = await startScene(t, { stock: STOCK, env: { WORKERS: '2' }, ...options });
  const rush = scene.rush({ perSecond: PER_SECOND, seconds: SECONDS });
  // Those who asked last, those who asked long ago, and some who never do, in turns.
  let turn = 0;
  const nextUser = () => {
    turn += 1;
    if (turn % 3 === 0) return 1_000_000 + turn;
    const back = turn % 3 === 1 ? turn % 20 : (turn * 7919) % Math.max(1, rush.asked);
    return Math.max(1, rush.asked - back);
  };
  const { app, couponId } = scene;
  const readers = new HoldingReaders({ url: app.url, couponId, readers: 40, nextUser, restMs: 20 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  await fault(scene);
  const history = await rush.done;
  // Until the deadline of the last request has passed, and a while longer.
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS + MARGIN_MS + 500));
  await readers.stop();
  const proof = await scene.prove(history);
  const rows = await scene.stores.database.query<{ user: number; sequence: number }>(
    'SELECT user_id AS user, sequence FROM user_coupon WHERE coupon_id = ?',
    [couponId],
  );
  const issued = new Map(rows.map(({ user, sequence }) => [user, Number(sequence)]));
  const violations = checkReads(history, readers.reads, issued, DEADLINE_MS + MARGIN_MS);
  const held = readers.reads.filter(({ sequence }) => sequence !== null).length;
  const line =
    `${readers.reads.length} reads (${held} held), ${readers.unavailable} times 503, ` + `${proof.unknown} unknown`;
  t.diagnostic(line);
  assert.deepEqual(violations, [], line);
  assert.deepEqual(readers.unexpected, []);
  assert.ok(held > 100 && readers.reads.length - held > 100, line);
  return { known: readers.reads.length, unavailable: readers.unavailable };
}

test('a crowd that asks through a rush is always answered, and always truly', async (t) => {
  const { unavailable } = await readThrough(t, {}, async () => {});
  assert.equal(unavailable, 0);
});

test('an HTTP worker is killed: what was unanswered is settled, and no holder is told of none', async (t) => {
  await readThrough(t, {}, async ({ app }) => {
    process.kill(app.pids('http')[0] as number, 'SIGKILL');
  });
});

test('MySQL is killed in the rush: strangers and those on their way to it are still answered truly', async (t) => {
  const { known } = await readThrough(t, { mysql: {} }, async ({ mysql }) => {
    await mysql.kill();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await mysql.restart();
  });
  assert.ok(known > 1000, `${known} were answered`);
});

test('Redis is killed in the rush and comes back: nothing is claimed that its loss could make untrue', async (t) => {
  await readThrough(t, {}, async ({ stores }) => {
    await stores.server.restart();
  });
});
