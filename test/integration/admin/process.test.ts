// The admin process beside the others: on its own port, and of no weight for those who issue.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN_TOKEN, startApp } from '../../support/app.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('the admin API comes back after its process was killed, and issuing does not notice', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const status = () =>
    fetch(`${app.adminUrl}/admin/v1/status`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  assert.equal((await status()).status, 200);
  for (const url of [app.url, app.adminUrl]) {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { openapi: string };
    assert.equal(document.openapi, '3.1.0');
  }
  const login = await fetch(`${app.adminUrl}/admin/v1/session`, {
    method: 'POST',
    body: JSON.stringify({ token: ADMIN_TOKEN }),
    headers: { 'content-type': 'application/json' },
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] as string;
  const [pid] = app.pids('admin');
  assert.ok(pid);
  process.kill(pid, 'SIGKILL');
  const issued = await fetch(`${app.url}/api/v2/me/coupons/1/issue`, {
    method: 'POST',
    headers: { 'Commerce-User-Id': '1' },
  });
  assert.equal(issued.status, 201);
  await waitFor('the admin API is back', async () => (await status()).status === 200);
  const session = await fetch(`${app.adminUrl}/admin/v1/session`, { headers: { cookie } });
  assert.deepEqual([login.status, session.status], [201, 200], 'a session outlives the process');

  const port = Number(new URL(app.adminUrl).port);
  const malformed = await sendRaw(port, 'GET /livez HTTP/9.9\r\n\r\n');
  assert.deepEqual([malformed.answers[0]?.status, malformed.closed], [400, true]);
  const large = await sendRaw(port, `GET /livez HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(9000)}\r\n\r\n`);
  assert.equal(large.answers[0]?.status, 431);
  const smuggled = await sendRaw(
    port,
    'POST /admin/v1/coupons HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  );
  assert.deepEqual([smuggled.answers[0]?.status, smuggled.closed], [400, true]);
  assert.equal(await app.stop(), 0);
});

test('a taken ADMIN_PORT keeps the server from starting, and is told', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const first = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const second = await startApp(t, {
    redisUrl: redis.url,
    mysqlUrl,
    env: { ADMIN_PORT: new URL(first.adminUrl).port },
    impatient: true,
  });
  assert.equal(await second.exited(20_000), 1);
  assert.match(second.output(), /the admin API can't listen: .*EADDRINUSE.*ADMIN_PORT/);
});
