// A whole server whose users are texts: USER_ID_TYPE=text.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { openDatabase } from '../../../src/store/database.ts';
import { ADMIN_TOKEN, startApp } from '../../support/app.ts';
import { request } from '../../support/ask.ts';
import { runCliIn } from '../../support/cli.ts';
import { testFolder } from '../../support/folder.ts';
import { seeded } from '../../support/seeded.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { foreignIds, textIds } from '../../support/text-ids.ts';
import { waitFor } from '../../support/wait.ts';

const TEXT = { USER_ID_TYPE: 'text', WORKERS: '1' };
type Server = Awaited<ReturnType<typeof start>>;
const UUID = '0b9f7c9e-2d64-4b8a-9d0e-5f1f7a3c2b10';

async function start(t: TestContext) {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: server.url, mysqlUrl, env: TEXT });
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 5000 });
  const redis = new Redis(server.url);
  t.after(async () => {
    redis.disconnect();
    await database.close();
  });
  const ask = (method: string, path: string, user: string, headers: Record<string, string> = {}) =>
    request(app.url, path, { method, headers: { 'commerce-user-id': user, ...headers } });
  const issue = (user: string, couponId = 1, headers = {}) =>
    ask('POST', `/api/v2/me/coupons/${couponId}/issue`, user, headers);
  const folder = testFolder('laptop');
  const remote = { USER_ID_TYPE: 'text', COUPONRUSH_ADMIN_URL: app.adminUrl, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const cli = (...args: string[]) => runCliIn(folder, remote, ...args);
  const drained = (couponId: number) =>
    waitFor('the outbox is empty', async () => (await redis.xlen(`coupon:${couponId}:outbox`)) === 0);
  return { app, server, mysqlUrl, database, redis, ask, issue, cli, folder, drained };
}

async function provesBytes({ app, database, redis, ask, issue, drained }: Server): Promise<void> {
  const ids = [UUID, 'auth0|65f1c2', 'Kim', 'kim', 'a'.repeat(64), '007', '7', '9006000000000001'];
  ids.push(...textIds(seeded(1), 200).filter((id) => !ids.includes(id)));
  for (const id of ids) {
    const { status, body } = await issue(id);
    assert.deepEqual([status, body.userId], [201, id], id);
  }
  assert.equal((await issue('Kim')).code, 'ALREADY_ISSUED_COUPON');
  assert.equal((await issue('KIM')).status, 201);
  for (const id of foreignIds(seeded(2), 40)) {
    const { status, code } = await issue(id);
    assert.deepEqual([status, code], [400, 'BAD_REQUEST'], id);
  }
  await drained(1);
  const { body } = await ask('GET', '/api/v2/me/coupons/1', UUID);
  assert.deepEqual([body.userId, body.status], [UUID, 'ISSUED']);
  assert.equal((await ask('GET', '/api/v2/me/coupons', 'auth0|65f1c2')).status, 200);

  const rows = await database.query<{ user: string }>('SELECT user_id AS user FROM user_coupon ORDER BY sequence');
  assert.deepEqual(
    rows.map(({ user }) => user),
    [...ids, 'KIM'],
  );
  assert.deepEqual((await redis.smembers('issue:coupon:1')).sort(), [...ids, 'KIM'].sort());
  const foreign = (await redis.keys('*')).filter((key) => !/^(issue:coupon|coupon|couponrush):[\w:-]+$/.test(key));
  assert.deepEqual(foreign, []);

  const issueApi = JSON.stringify((await ask('GET', '/openapi.json', UUID)).body);
  assert.match(issueApi, /"userId":\{"type":"string"/);
  const adminApi = JSON.stringify((await request(app.adminUrl, '/openapi.json')).body);
  assert.match(adminApi, /"userId":\{"type":"string"/);
  assert.doesNotMatch(adminApi, /"userId":\{"type":"integer"/);
}

async function provesKeys({ issue, cli }: Server): Promise<void> {
  await cli('coupon', 'create', '--name', 'Second', '--stock', '5', '--discount', '10%', '--preload');
  const first = await issue('key-a', 1, { 'idempotency-key': ':b' });
  assert.equal(first.status, 201);
  assert.deepEqual((await issue('key-a', 1, { 'idempotency-key': ':b' })).body, first.body);
  assert.equal((await issue('key-a:', 2, { 'idempotency-key': 'b' })).status, 201, 'another user');
  assert.equal((await issue('key-a', 2, { 'idempotency-key': ':b' })).status, 422, 'the same user');
}

async function provesCommands({ database, redis, issue: ask, cli, folder, drained }: Server): Promise<void> {
  await cli('coupon', 'create', '--name', 'Third', '--stock', '9', '--discount', '10%', '--preload');
  const issue = (user: string) => ask(user, 3);
  const [slash, equals] = ['org/7+x|a:b', '=cmd'];
  for (const id of [slash, equals, 'bob', 'bob.smith', 'last']) assert.equal((await issue(id)).status, 201);
  await drained(3);
  assert.match((await cli('coupon', 'holder', '3', slash)).stdout, /of user org\/7\+x\|a:b/);
  const revoked = await cli('coupon', 'revoke', '3', equals, '--yes', '--reason', 'fraud');
  assert.equal(revoked.code, 0, revoked.stderr);
  assert.equal((await issue(equals)).code, 'REVOKED_COUPON');

  const file = join(folder, 'users');
  writeFileSync(file, `# found\n${slash}\n,bad\n`);
  assert.match((await cli('coupon', 'revoke', '3', '--from', file, '--reason', 'ring', '--yes')).stderr, /line 3/);
  writeFileSync(file, `${slash}\nnobody\n`);
  const list = await cli('coupon', 'revoke', '3', '--from', file, '--reason', 'ring', '--yes', '--json');
  assert.deepEqual([list.code, JSON.parse(list.stdout).notIssued], [0, ['nobody']], list.stderr);

  const erased = await cli('user', 'erase', 'bob', '--reason', 'asked by user bob.', '--even-open', '--yes', '--json');
  assert.equal(erased.code, 0, erased.stderr);
  const { pseudonym } = JSON.parse(erased.stdout);
  assert.match(pseudonym, /^~9006\d{12}$/);
  assert.equal((await issue(pseudonym)).status, 400, 'no one can be a pseudonym');
  const members = await redis.smembers('issue:coupon:3');
  assert.deepEqual(members.sort(), ['bob.smith', 'last', pseudonym].sort());
  assert.match((await cli('user', 'show', pseudonym)).stdout, /pseudonym of a user who was erased/);
  assert.match((await cli('user', 'show', 'bob')).stdout, /no coupon/);
  const [named] = await database.query<{ n: number }>(
    "SELECT COUNT(*) AS n FROM coupon_audit WHERE user_id = 'bob' OR detail REGEXP 'bob([^.]|[.]?$)'",
  );
  assert.equal(named?.n, 0);
  const winners = await cli('coupon', 'winners', '3', '--format', 'jsonl');
  assert.ok(winners.stdout.includes(`"userId":"${slash}"`), winners.stderr);
  const verified = await cli('verify', '3');
  assert.equal(verified.code, 0, verified.stdout);
}

async function provesRefusal(t: TestContext, { app, server, mysqlUrl }: Server): Promise<void> {
  const refused = async (env: Record<string, string>) => {
    const other = await startApp(t, { redisUrl: server.url, mysqlUrl, env, impatient: true });
    assert.equal(await other.exited(20_000), 1);
    return other.output();
  };
  assert.match(
    await refused({ USER_ID_TYPE: 'number' }),
    /has user ids that are texts, and USER_ID_TYPE is number: set/,
  );
  assert.match(await refused({ USER_ID_TYPE: 'uuid' }), /USER_ID_TYPE must be one of: number, text/);
  const env = { REDIS_URL: server.url, MYSQL_URL: mysqlUrl, USER_ID_TYPE: 'number' };
  const command = await runCliIn(testFolder('shell'), env, 'audit', '--limit', '1');
  assert.deepEqual([command.code, /USER_ID_TYPE=text/.test(command.stderr)], [1, true], command.stderr);
  assert.equal((await fetch(`${app.url}/readyz`)).status, 200);
}

test('a whole server of users that are texts', async (t) => {
  const server = await start(t);
  await t.test('each is another by its bytes, and the same text in every answer and store', () => provesBytes(server));
  await t.test('an Idempotency-Key belongs to one user, also with colons in ids and keys', () => provesKeys(server));
  await t.test('operators name users as texts: holder, revoke, a list, erase', () => provesCommands(server));
  await t.test('a start of the other type is refused with what to do', () => provesRefusal(t, server));
});
