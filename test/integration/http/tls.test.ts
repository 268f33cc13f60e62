// TLS on every side: HTTPS to users, Redis and MySQL over connections whose certificates are verified.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as overHttps } from 'node:https';
import { test } from 'node:test';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { startApp } from '../../support/app.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { freshDatabase, startMysql, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const certificates = makeCertificates();
const { caFile, certFile, keyFile, otherCaFile } = certificates;

function issueOverHttps(port: number, user: number): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = overHttps(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/api/v2/me/coupons/1/issue',
        headers: { 'commerce-user-id': user },
        ca: readFileSync(caFile),
        agent: false,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      },
    );
    request.on('error', reject);
    request.end();
  });
}

test('the issue API speaks HTTPS, and nothing else on that port', async (t) => {
  const redis = await startRedis(t);
  const env = { WORKERS: '2', TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl: await freshDatabase(t), env });
  const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((user) => issueOverHttps(app.port, user)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  const again = await issueOverHttps(app.port, 1);
  assert.equal(JSON.parse(again.body).code, 'ALREADY_ISSUED_COUPON');
  const plain = await sendRaw(app.port, 'GET /livez HTTP/1.1\r\nHost: c\r\n\r\n');
  assert.deepEqual(plain.answers, []);
  assert.equal(await app.stop(), 0);
});

test('Redis and MySQL are used over TLS, with their certificates verified', async (t) => {
  const tlsPort = await freePort();
  const redis = await startRedis(t, {
    settings: {
      'tls-port': String(tlsPort),
      'tls-cert-file': certFile,
      'tls-key-file': keyFile,
      'tls-ca-cert-file': caFile,
      'tls-auth-clients': 'no',
    },
  });
  const mysql = await startMysql(t, {
    settings: [`--ssl-ca=${caFile}`, `--ssl-cert=${certFile}`, `--ssl-key=${keyFile}`],
  });
  const redisUrl = `rediss://127.0.0.1:${tlsPort}`;
  const mysqlUrl = mysql.mysqlUrl.replace('mysql:', 'mysqls:');

  await t.test('the whole server works, and its rows arrive', async (t) => {
    const env = { WORKERS: '1', REDIS_CA_FILE: caFile, MYSQL_CA_FILE: caFile };
    const app = await startApp(t, { redisUrl, mysqlUrl, env });
    const post = (user: number) =>
      `POST /api/v2/me/coupons/1/issue HTTP/1.1\r\nHost: c\r\nCommerce-User-Id: ${user}\r\n\r\n`;
    assert.equal((await sendRaw(app.port, post(1), 1000)).answers[0]?.status, 201);
    const database = openDatabase(`${mysqlUrl}?ca=${encodeURIComponent(caFile)}`, { connections: 1, timeoutMs: 3000 });
    t.after(() => database.close());
    await waitFor('the row is written', async () => (await database.query('SELECT id FROM user_coupon')).length === 1);
    const [cipher] = await database.query<{ Value: string }>("SHOW STATUS LIKE 'Ssl_cipher'");
    assert.notEqual(cipher?.Value, '');
    const clients = String(await redis.cli('CLIENT', 'LIST'));
    assert.ok(clients.includes(`laddr=127.0.0.1:${tlsPort} `));
  });

  await t.test('a server that another authority vouches for is refused', async (t) => {
    for (const ca of ['', `?ca=${encodeURIComponent(otherCaFile)}`]) {
      const commands = connectForCommands(`${redisUrl}${ca}`, 'test', 1000);
      t.after(() => commands.disconnect());
      await assert.rejects(commands.ping());
      const database = openDatabase(`${mysqlUrl}${ca}`, { connections: 1, timeoutMs: 2000 });
      t.after(() => database.close());
      await assert.rejects(database.query('SELECT 1'));
    }
  });
});
