// SIGHUP: keys, certificate and admin token are read again, under load, and a bad file changes nothing.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { Agent, request as overHttps } from 'node:https';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { SignJWT } from 'jose';
import { ADMIN_TOKEN, type App, startApp } from '../../support/app.ts';
import { request } from '../../support/ask.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

/** One after the other, each on a connection of its own: with two workers all of one mind only if both are. */
const IN_A_ROW = 20;
const LIST = '/api/v2/me/coupons';

async function start(t: TestContext, env: Record<string, string>): Promise<App> {
  const redis = await startRedis(t);
  return startApp(t, { redisUrl: redis.url, mysqlUrl: await freshDatabase(t), env: { WORKERS: '2', ...env } });
}

/** Asks without a pause until stop(), which returns all answers; a failed request is its error. */
function load(ask: () => Promise<number>): { stop(): Promise<unknown[]> } {
  const answers: unknown[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) answers.push(await ask().catch((error: unknown) => error));
  })();
  return {
    async stop() {
      over = true;
      await asking;
      return answers;
    },
  };
}

async function allAnswer(what: string, ask: () => Promise<unknown>, expected: unknown): Promise<void> {
  await waitFor(what, async () => {
    for (let n = 0; n < IN_A_ROW; n++) if ((await ask()) !== expected) return false;
    return true;
  });
}

const statusOf = async (app: App, headers: Record<string, string>) =>
  (await request(app.url, LIST, { headers: { connection: 'close', ...headers } })).status;

function makeKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' } };
}

const bearer = async (privateKey: KeyObject, kid: string) => {
  const claims = { sub: '42', iss: 'shop', aud: 'coupons', exp: Math.floor(Date.now() / 1000) + 600 };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
  return { authorization: `Bearer ${token}` };
};

test(
  'a key set and an admin token that change are in ' + 'force after SIGHUP, and no request fails meanwhile',
  async (t) => {
    const folder = testFolder('reload');
    const [keysFile, tokenFile] = [join(folder, 'jwks.json'), join(folder, 'admin-token')];
    const [a, b] = [makeKey('a'), makeKey('b')];
    const publish = (...keys: (typeof a)[]) =>
      writeFileSync(keysFile, JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
    publish(a);
    writeFileSync(tokenFile, ADMIN_TOKEN);
    const app = await start(t, {
      ...{
        IDENTITY_MODE: 'jwt',
        JWT_KEY_FILE: keysFile,
        JWT_ALGORITHMS: 'ES256',
        JWT_ISSUER: 'shop',
        JWT_AUDIENCE: 'coupons',
      },
      ...{ ADMIN_TOKEN: '', ADMIN_TOKEN_FILE: tokenFile },
    });
    const before = app.pids('');
    const [old, fresh] = [await bearer(a.privateKey, 'a'), await bearer(b.privateKey, 'b')];
    assert.deepEqual([await statusOf(app, old), await statusOf(app, fresh)], [200, 401]);

    const oldLoad = load(() => statusOf(app, old));
    publish(a, b);
    app.primary.kill('SIGHUP');
    await allAnswer('the new key is accepted', () => statusOf(app, fresh), 200);
    assert.deepEqual(new Set(await oldLoad.stop()), new Set([200]));

    const freshLoad = load(() => statusOf(app, fresh));
    publish(b);
    writeFileSync(tokenFile, 'another-token-of-the-tests');
    app.primary.kill('SIGHUP');
    await allAnswer('the old key is refused, also in a token that was verified before', () => statusOf(app, old), 401);
    const asOperator = async (token: string) =>
      (await request(app.adminUrl, '/admin/v1/coupons', { headers: { authorization: `Bearer ${token}` } })).status;
    await waitFor(
      'the new admin token is accepted',
      async () => (await asOperator('another-token-of-the-tests')) === 200,
    );
    assert.equal(await asOperator(ADMIN_TOKEN), 401);

    for (const bad of ['{"keys":', '', '{"keys":[]']) {
      writeFileSync(keysFile, bad);
      app.primary.kill('SIGHUP');
    }
    await waitFor('the log names the file', () => app.output().includes(`JWT_KEY_FILE ${keysFile}: `));
    publish(b);
    writeFileSync(tokenFile, 'short');
    app.primary.kill('SIGHUP');
    await waitFor('the log names the file of the token', () =>
      app.output().includes(`${tokenFile} must hold one token`),
    );
    for (const pid of before) process.kill(pid, 'SIGHUP');
    await allAnswer('the keys in force are those before', () => statusOf(app, fresh), 200);
    assert.equal(await asOperator('another-token-of-the-tests'), 200);
    assert.deepEqual(new Set(await freshLoad.stop()), new Set([200]));

    publish(a);
    await allAnswer('a changed file is read again without a signal', () => statusOf(app, old), 200);
    assert.equal(await statusOf(app, fresh), 401);
    assert.deepEqual(app.pids(''), before, 'no process has ended');
  },
);

/** The kernel resets what it has queued for a socket that closes; docs/decisions/listen-queues.md says how many. */
const RESETS_MAX = 2;

/** Before anything was sent: clients connect again by themselves. */
class ResetInQueue extends Error {}

interface Seen {
  readonly status: number | undefined;
  readonly fingerprint: string;
  readonly connection: string | undefined;
}

function askOverTls(app: App, path: string, headers: Record<string, string> = {}, agent?: Agent): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: app.port,
      path,
      headers,
      agent: agent ?? false,
      rejectUnauthorized: false,
    };
    const asked = overHttps(options, (response) => {
      const fingerprint = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
      response.resume().once('end', () => {
        resolve({ status: response.statusCode, fingerprint, connection: response.headers.connection });
      });
    });
    let isSecured = agent !== undefined;
    if (!isSecured) asked.once('socket', (socket) => socket.once('secureConnect', () => (isSecured = true)));
    asked.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ECONNRESET' && !isSecured ? new ResetInQueue() : error);
    });
    asked.end();
  });
}

test(
  'a certificate and gateway keys that change are in ' + 'force after SIGHUP, and no request fails meanwhile',
  async (t) => {
    const [first, second, third] = [makeCertificates(), makeCertificates(), makeCertificates()];
    const folder = testFolder('reload-tls');
    const [certFile, keyFile, gatewayFile] = ['cert.pem', 'key.pem', 'gateway'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const install = ({ certFile: cert, keyFile: key }: typeof first) => {
      copyFileSync(cert, certFile);
      copyFileSync(key, keyFile);
    };
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    const signed = (key: Buffer) => {
      const seconds = Math.floor(Date.now() / 1000);
      const mac = createHmac('sha256', key).update(`GET\n${LIST}\n42\n${seconds}`).digest('hex');
      return { 'commerce-user-id': '42', 'commerce-signature': `gateway.${seconds}.${mac}` };
    };
    install(first);
    writeFileSync(gatewayFile, `gateway ${oldKey.toString('base64')}\n`);
    const app = await start(t, {
      TLS_CERT_FILE: certFile,
      TLS_KEY_FILE: keyFile,
      IDENTITY_MODE: 'hmac',
      HMAC_KEYS_FILE: gatewayFile,
    });
    let resets = 0;
    const askAnew = () =>
      askOverTls(app, '/livez').catch((error: unknown) => {
        if (!(error instanceof ResetInQueue)) throw error;
        resets += 1;
        return askOverTls(app, '/livez');
      });
    const certificateOf = async () => (await askAnew()).fingerprint;
    const before = await certificateOf();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const kept: Seen[] = [];
    const running = load(async () => {
      kept.push(await askOverTls(app, '/livez', {}, agent));
      return (await askAnew()).status ?? 0;
    });
    await waitFor('a connection is kept', () => kept.length > 0);
    install(second);
    writeFileSync(gatewayFile, `gateway ${newKey.toString('base64')}\n`);
    app.primary.kill('SIGHUP');
    await waitFor('another certificate is shown', async () => (await certificateOf()) !== before);
    const after = await waitFor('all workers show it', async () => {
      const seen = new Set<string>();
      for (let n = 0; n < IN_A_ROW; n++) seen.add(await certificateOf());
      return seen.size === 1 && !seen.has(before) && [...seen][0];
    });
    assert.equal((await askOverTls(app, LIST, signed(newKey))).status, 200);
    assert.equal((await askOverTls(app, LIST, signed(oldKey))).status, 401);

    copyFileSync(third.certFile, certFile);
    app.primary.kill('SIGHUP');
    await waitFor('the log names the files', () =>
      app.output().includes(`TLS_CERT_FILE ${certFile}, TLS_KEY_FILE ${keyFile}: `),
    );
    assert.deepEqual(new Set(await running.stop()), new Set([200]), 'no request has failed');
    assert.ok(resets <= RESETS_MAX, `${resets} connections were reset`);
    const lastOld = kept.findLastIndex(({ fingerprint }) => fingerprint === before);
    assert.equal(kept[lastOld]?.connection, 'close', 'an open connection is ended in order');
    assert.ok(kept.slice(lastOld + 1).every(({ fingerprint, connection }) => fingerprint === after && !connection));

    // A worker that has to start now can't use the file: the other one goes on.
    const [victim = 0] = app.pids('http');
    process.kill(victim, 'SIGKILL');
    await waitFor('its successor says so', () =>
      app.output().includes('this worker starts when the file is right again'),
    );
    await allAnswer('the old certificate stays', certificateOf, after);
    install(third);
    await waitFor('its successor serves with the new one', async () => (await certificateOf()) !== after);
    assert.equal(app.primary.exitCode, null);
  },
);
