// What an outage of a store looks like in the log, in the middle of a rush that is sold out on the way: lines for the
// one who reads them at night, not stacks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Scene, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

interface Line {
  readonly level: number;
  readonly process: string;
  readonly msg: string;
  readonly error?: unknown;
  readonly err?: unknown;
}

const lines = (scene: Scene): Line[] =>
  scene.app
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
const hasStack = ({ error, err }: Line) => /\n\s+at /.test(`${error}`) || err !== undefined;

const OUTAGE_MS = 1500;

/** In this order: the stock lasts for the first two, and the others meet a coupon that is sold out. */
const outages: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  'Redis is full': async ({ stores: { redis } }) => {
    await redis.config('SET', 'maxmemory', 1);
    await sleep(OUTAGE_MS);
    await redis.config('SET', 'maxmemory', 0);
  },
  'Redis is killed': async ({ stores: { server } }) => {
    await server.kill();
    await sleep(OUTAGE_MS);
    await server.restart();
  },
  'Redis is frozen': async ({ stores: { server } }) => {
    await server.freeze();
    await sleep(2 * OUTAGE_MS);
    await server.resume();
  },
  'MySQL is read-only': async ({ stores: { database } }) => {
    await database.execute('SET GLOBAL read_only = 1');
    await sleep(OUTAGE_MS);
    await database.query('SET GLOBAL read_only = 0');
  },
  'MySQL is killed': async ({ mysql }) => {
    await mysql.kill();
    await sleep(OUTAGE_MS);
    await mysql.restart();
  },
  'MySQL is frozen': async ({ mysql }) => {
    await mysql.freeze();
    await sleep(2 * OUTAGE_MS);
    await mysql.resume();
  },
};

test(
  'an outage of each store is a few calm lines: no stack, ' + 'nothing unexpected, the same line not twice a second',
  async (t) => {
    const env = { COUPONRUSH_LOG_LEVEL: 'info', COUPONRUSH_INSERT_TIMEOUT_MS: '1000' };
    const scene = await startScene(t, { stock: 600, mysql: {}, env });
    let firstUser = 1;
    for (const [name, outage] of Object.entries(outages)) {
      await t.test(name, async () => {
        const before = lines(scene).length;
        const rush = scene.rush({ perSecond: 100, seconds: 60, firstUser });
        firstUser += 10_000;
        await waitFor('the rush is under way', () => rush.asked > 100);
        await outage(scene);
        await waitFor(
          'it is over',
          () => rush.next(({ status }) => status === 201 || status === 400).then(() => true),
          {
            withinMs: 20_000,
          },
        );
        rush.stop();
        await rush.done;
        const said = lines(scene).slice(before);
        const wrong = said.filter((line) => hasStack(line) || line.msg === 'unexpected error');
        assert.deepEqual(wrong, []);
        const errors = said.filter(({ level }) => level >= 50);
        assert.deepEqual(errors, [], 'an ordinary outage is a warning');
        t.diagnostic(`${name}: ${said.length} lines`);
        assert.ok(said.length < 40, `${said.length} lines`);
      });
    }
  },
);
