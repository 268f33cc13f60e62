// What a crowd that reads costs MySQL, and how old what it reads may be, against the whole server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { startApp } from '../../support/app.ts';
import { issue, request } from '../../support/ask.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { connectStores, numbers } from '../../support/coupon-stores.ts';
import { freshDatabase, type Scope, startMysql, startRedis } from '../../support/servers.ts';
import { userIdOf, userOf } from '../../support/user-ids.ts';
import { waitFor } from '../../support/wait.ts';

const CROWD = 400;
/** The server's own looks during such a crowd, on a busy machine. */
const OTHERS_MAX = 60;

/** @param ownMysql whose statements are counted */
async function setUp(t: Scope, ownMysql: boolean) {
  const redis = await startRedis(t);
  const mysqlUrl = ownMysql ? (await startMysql(t)).mysqlUrl : await freshDatabase(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl, env: { WORKERS: '1' } });
  const stores = connectStores(t, redis.url, mysqlUrl);
  const get = (path: string, user: number) =>
    request(app.url, `/api/v2/me/coupons${path}`, { headers: { 'commerce-user-id': userIdOf(user) } });
  const selects = async () => {
    const [row] = await stores.database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_select'");
    return Number(row?.Value);
  };
  const selectsDuring = async (work: () => Promise<unknown>) => {
    const before = await selects();
    await work();
    return (await selects()) - before;
  };
  /** One coupon a page, or none. */
  const statusOf = async (user: number) => {
    const { coupons } = (await get('', user)).body as { coupons: { status: string }[] };
    return coupons[0]?.status ?? 'none';
  };
  return { app, redis, stores, get, selectsDuring, statusOf };
}

test('a crowd of strangers costs MySQL nothing, and Redis far fewer calls than it has heads', async (t) => {
  const { app, redis, get, selectsDuring } = await setUp(t, true);
  assert.equal((await issue(app.url, 1, 1)).status, 201);
  let commands = new Map<string, number>();
  const selects = await selectsDuring(async () => {
    commands = await commandsDuring(redis, async () => {
      const answers = await Promise.all(numbers(2, CROWD).map((user) => get('/1', user)));
      for (const { status, code } of answers) assert.deepEqual([status, code], [404, 'NOT_ISSUED_COUPON']);
    });
  });
  t.diagnostic(`${selects} selects, ${commands.get('smismember')} looks into the set of holders`);
  assert.ok(selects < OTHERS_MAX, `${selects} selects for ${CROWD} strangers`);
  assert.ok((commands.get('smismember') ?? 0) < CROWD / 2, `${commands.get('smismember')} calls`);
  assert.equal(commands.get('sismember') ?? 0, 0);
});

test('a crowd that reloads what it holds costs MySQL one query a second and user', async (t) => {
  const { app, get, selectsDuring, statusOf } = await setUp(t, true);
  assert.equal((await issue(app.url, 1, 1)).status, 201);
  // From then on its page is kept.
  await waitFor('the grant is some time ago', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1600));
    return (await statusOf(1)) === 'ISSUED';
  });
  const selects = await selectsDuring(() => Promise.all(Array.from({ length: CROWD }, () => get('', 1))));
  assert.ok(selects < OTHERS_MAX, `${selects} selects for ${CROWD} pages`);
});

test("the user's own grant is on the page as soon as its row is there, also if a page was kept before", async (t) => {
  const { app, stores, statusOf } = await setUp(t, false);
  const written = async (user: number) => {
    const rows = await stores.database.query('SELECT 1 FROM user_coupon WHERE user_id = ?', [userOf(user)]);
    return rows.length === 1;
  };
  for (let user = 1; user <= 5; user++) {
    assert.equal(await statusOf(user), 'none');
    assert.equal((await issue(app.url, 1, user)).status, 201);
    // This page may be without it: it must not be kept.
    await statusOf(user);
    await waitFor('the row is written', () => written(user), { everyMs: 2 });
    assert.equal(await statusOf(user), 'ISSUED');
  }
});

test('a revocation is on the page when it is answered', async (t) => {
  const { app, stores, statusOf } = await setUp(t, false);
  for (let user = 1; user <= 5; user++) assert.equal((await issue(app.url, 1, user)).status, 201);
  await new Promise((resolve) => setTimeout(resolve, 1600));
  for (let user = 1; user <= 5; user++) {
    assert.equal(await statusOf(user), 'ISSUED');
    await revokeIssuance(stores, { couponId: 1, actor: 'test' }, userOf(user));
    // One message from Redis to the worker is on its way.
    await waitFor('the page shows it', async () => (await statusOf(user)) === 'REVOKED', { withinMs: 500, everyMs: 5 });
  }
});
