// The spike command against servers that check who asks.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandFailure } from '../../../src/commands/action.ts';
import { checkIdentity, readSigning, type SigningOptions } from '../../../src/commands/spike-signing.ts';
import { runCli } from '../../support/cli.ts';
import { testFolder } from '../../support/folder.ts';
import { type SceneContext, startScene } from '../../support/scene.ts';

const USERS = 60;

async function spikeOn(t: SceneContext, env: Record<string, string>) {
  const { app, stores, couponId } = await startScene(t, { stock: 40, env: { WORKERS: '1', ...env } });
  const commands = { REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl };
  const spike = (...args: string[]) =>
    runCli(commands, 'spike', '--url', app.url, '--coupon', String(couponId), '--users', String(USERS), ...args);
  return { spike, url: app.url, couponId };
}

const none = { jwtIssuer: null, jwtAudience: null, jwtUserClaim: 'sub' };

test('options that can not sign are refused before anything is asked', () => {
  const file = join(testFolder('spike-options'), 'public.pem');
  const { publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
  const claims = { jwtIssuer: 'shop', jwtAudience: 'coupons' };
  const wrong: [SigningOptions, RegExp][] = [
    [{ jwtKey: file, ...claims }, /public.pem: it has a public key/],
    [{ jwtKey: file }, /needs --jwt-issuer/],
    [{ jwtKey: '/nowhere', ...claims }, /ENOENT/],
    [{ hmacKey: '/nowhere' }, /ENOENT/],
    [{ jwtKey: 'x', hmacKey: 'y' }, /give either/],
  ];
  for (const [options, expected] of wrong) {
    assert.throws(
      () => readSigning(options, none),
      (error) => error instanceof CommandFailure && error.exitCode === 2 && expected.test(error.message),
    );
  }
});

test('with jwt the users of a spike sign with the private key that they are given', async (t) => {
  const folder = testFolder('spike-jwt');
  const [privateFile, publicFile, otherFile] = ['private.pem', 'public.pem', 'other.pem'].map((name) =>
    join(folder, name),
  );
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(privateFile as string, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(publicFile as string, publicKey.export({ type: 'spki', format: 'pem' }));
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  writeFileSync(otherFile as string, other.export({ type: 'pkcs8', format: 'pem' }));
  const claims = ['--jwt-issuer', 'shop', '--jwt-audience', 'coupons'];
  const { spike, url, couponId } = await spikeOn(t, {
    IDENTITY_MODE: 'jwt',
    JWT_KEY_FILE: publicFile as string,
    JWT_ALGORITHMS: 'ES256',
    JWT_ISSUER: 'shop',
    JWT_AUDIENCE: 'coupons',
  });
  const unsigned = await spike();
  assert.deepEqual([unsigned.code, unsigned.stdout], [1, '']);
  assert.match(unsigned.stderr, /refuses the users of the spike \(401\).*--jwt-key/);
  const otherKey = readSigning({ jwtKey: otherFile as string, jwtIssuer: 'shop', jwtAudience: 'coupons' }, none);
  await assert.rejects(checkIdentity(url, couponId, 1, otherKey), /401.*JWT_KEY_FILE/);
  const unwritable = await spike('--jwt-key', privateFile as string, ...claims, '--report', '/nowhere/proof.html');
  assert.deepEqual([unwritable.code, unwritable.stdout], [2, '']);
  assert.match(unwritable.stderr, /--report \/nowhere\/proof.html: ENOENT/);
  const page = join(folder, 'proof.html');
  const proven = await spike('--jwt-key', privateFile as string, ...claims, '--report', page);
  assert.equal(proven.code, 0, proven.stderr + proven.stdout);
  assert.match(proven.stdout, /201 +40\n/);
  assert.match(proven.stdout, /^PROVEN/m);
  assert.match(readFileSync(page, 'utf8'), /<p class="proof">PROVEN: every answer was true/);
});

test('with hmac they sign with the first key of the file', async (t) => {
  const file = join(testFolder('spike-hmac'), 'keys');
  writeFileSync(file, `gateway ${randomBytes(32).toString('base64')}\n`);
  const { spike } = await spikeOn(t, { IDENTITY_MODE: 'hmac', HMAC_KEYS_FILE: file });
  const proven = await spike('--hmac-key', file, '--json');
  assert.equal(proven.code, 0, proven.stderr + proven.stdout);
  assert.equal(JSON.parse(proven.stdout).answers['201'], 40);
});
