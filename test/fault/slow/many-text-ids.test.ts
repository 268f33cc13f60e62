// Ten thousand texts at random as user ids, half of them the same but for their case: each is granted its coupon, and
// has its row under the very same bytes; nothing else is in Redis; what is no id is refused. No answer is a 5xx, but
// for a 503 that passes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../src/store/database.ts';
import { startApp } from '../../support/app.ts';
import { request } from '../../support/ask.ts';
import { runCli } from '../../support/cli.ts';
import { connectRedis } from '../../support/handover.ts';
import { seeded } from '../../support/seeded.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { foreignIds, textIds } from '../../support/text-ids.ts';
import { waitFor } from '../../support/wait.ts';

const IDS = 10_000;
const FOREIGN = 1000;
const AT_ONCE = 32;
const AGAIN_MAX = 20;
const AGAIN_AFTER_MS = 250;
const COUPON = 2;
const OUR_KEYS = /^(issue:coupon:\d+|coupon:\d+:[a-z-]+(:[\w:-]+)?|couponrush:[\w:-]+)$/;

test('10,000 texts as user ids: each has its row under the same bytes, and nothing else is left', async (t) => {
  const random = seeded();
  t.diagnostic(`seed ${random.seed}`);
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const env = { USER_ID_TYPE: 'text', REDIS_URL: server.url, MYSQL_URL: mysqlUrl };
  const app = await startApp(t, { redisUrl: server.url, mysqlUrl, env: { USER_ID_TYPE: 'text' } });
  const cli = (line: string) => runCli(env, ...line.split(' '));
  const created = await cli(`coupon create --name Text --stock ${2 * IDS} --discount 10% --preload --yes`);
  assert.equal(created.code, 0, created.stderr);

  const ids = textIds(random, IDS);
  const foreign = foreignIds(random, FOREIGN);
  const asking = [...ids, ...foreign].map((id) => ({ id, order: random.below(2 ** 31) }));
  asking.sort((a, b) => a.order - b.order);
  const statuses = new Map<number, number>();
  const queue = asking.values();
  const ask = async () => {
    for (const { id } of queue) {
      const issue = { method: 'POST', headers: { 'commerce-user-id': id } };
      let { status, body } = await request(app.url, `/api/v2/me/coupons/${COUPON}/issue`, issue);
      // Too busy: what a client does then.
      for (let again = 0; status === 503 && again < AGAIN_MAX; again++) {
        await sleep(AGAIN_AFTER_MS);
        ({ status, body } = await request(app.url, `/api/v2/me/coupons/${COUPON}/issue`, issue));
      }
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 201) assert.equal(body.userId, id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  assert.deepEqual(Object.fromEntries(statuses), { 201: IDS, 400: FOREIGN });

  const redis = connectRedis(t, server.url);
  await waitFor('the outbox is empty', async () => (await redis.xlen(`coupon:${COUPON}:outbox`)) === 0, {
    withinMs: 30_000,
  });
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 10_000 });
  t.after(() => database.close());
  const rows = await database.query<{ user: string }>('SELECT user_id AS user FROM user_coupon WHERE coupon_id = ?', [
    COUPON,
  ]);
  assert.deepEqual(rows.map(({ user }) => user).sort(), ids.toSorted());
  assert.deepEqual((await redis.smembers(`issue:coupon:${COUPON}`)).sort(), ids.toSorted());
  assert.deepEqual(
    (await redis.keys('*')).filter((key) => !OUR_KEYS.test(key)),
    [],
  );
  const verified = await cli(`verify ${COUPON}`);
  assert.equal(verified.code, 0, verified.stdout);
});
