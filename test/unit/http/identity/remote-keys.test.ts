// The keys of an issuer, fetched from a real HTTP server that misbehaves as asked.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { jwtIdentifier } from '../../../../src/http/identity/jwt.ts';
import { RemoteKeys, type RemoteKeysOptions } from '../../../../src/http/identity/remote-keys.ts';
import { createLogger } from '../../../../src/log.ts';
import { waitFor } from '../../../support/wait.ts';
import { identityRequest } from './identity-request.ts';

type Respond = (response: ServerResponse, path?: string) => void;

function makeKey(kid: string | undefined) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), ...(kid ? { kid } : {}), alg: 'ES256' } };
}
type Key = ReturnType<typeof makeKey>;

const setOf = (...keys: Key[]): Respond => {
  return (response) => response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
};

async function setUp(t: TestContext, first: Respond, timing: RemoteKeysOptions['timing'] = {}) {
  const issuer = { respond: first, asked: 0 };
  const server = createServer((request, response) => {
    issuer.asked += 1;
    issuer.respond(response, request.url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const keys = new RemoteKeys({
    url,
    algorithms: ['ES256'],
    log: createLogger('test', 'silent'),
    timing: { gapMs: 60_000, refreshEveryMs: 60_000, failureGapMs: 0, withinMs: 20_000, ...timing },
  });
  t.after(() => {
    keys.stop();
    server.closeAllConnections();
    server.close();
  });
  const identifier = jwtIdentifier({ keys, algorithms: ['ES256'], issuer: 'i', audience: 'a', userClaim: 'sub' });
  const sign = ({ kid, privateKey }: Key, sub = '42') => {
    const claims = { sub, iss: 'i', aud: 'a', exp: Math.floor(Date.now() / 1000) + 60 };
    const header = { alg: 'ES256', ...(kid ? { kid } : {}) };
    return new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
  };
  const identify = async (token: string) => {
    const [read, request] = identityRequest('/x', ['authorization', `Bearer ${token}`]);
    const identity = await identifier.identify(read, 'GET', request);
    return 'userId' in identity ? identity.userId : `${identity.refusal}: ${identity.reason}`;
  };
  const ask = async (key: Key, sub?: string) => identify(await sign(key, sub));
  return { issuer, keys, sign, identify, ask };
}

const [a, b, c] = [makeKey('a'), makeKey('b'), makeKey('c')];
const UNKNOWN = 'invalid: unknown_key';
const UNAVAILABLE = 'unavailable: keys_unavailable';

test('a rotation needs no restart: the first token of the new key is accepted, those of the old one not', async (t) => {
  const { issuer, keys, sign, identify, ask } = await setUp(t, setOf(a));
  await keys.refresh();
  const old = await sign(a);
  assert.equal(await identify(old), '42');
  assert.equal(await identify(old), '42');
  issuer.respond = setOf(b);
  assert.equal(await ask(b), '42');
  assert.equal(await identify(old), UNKNOWN, 'although it was verified before');
  assert.ok(issuer.asked <= 3);
});

test('a key without a name that took the place of another is fetched, too', async (t) => {
  const [old, fresh] = [makeKey(undefined), makeKey(undefined)];
  const { issuer, keys, ask } = await setUp(t, setOf(old));
  await keys.refresh();
  issuer.respond = setOf(fresh);
  assert.equal(await ask(fresh), '42');
  assert.equal(await ask(old), 'invalid: bad_signature');
  // With a name it is a forgery.
  assert.equal(await ask({ ...makeKey('a'), kid: 'z' }), UNKNOWN);
});

test('a herd of unknown keys costs the issuer one request, and is bounded', async (t) => {
  const { issuer, keys, ask } = await setUp(t, setOf(a));
  await keys.refresh();
  issuer.respond = (response) => setTimeout(() => setOf(a)(response), 200);
  const herd = await Promise.all(Array.from({ length: 300 }, (_, n) => ask(b, String(n + 1))));
  assert.equal(issuer.asked, 2);
  assert.ok(herd.every((answer) => answer === UNKNOWN || answer === 'overloaded: overloaded'));
  assert.equal(herd.filter((answer) => answer === UNKNOWN).length, 200);
  for (let n = 0; n < 20; n++) assert.equal(await ask(c, String(n + 1)), UNKNOWN);
  assert.equal(issuer.asked, 2, 'and no other one before the gap is over');
  assert.equal(await ask(a), '42');
});

test('after the gap the issuer is asked again, and not before', async (t) => {
  const { issuer, keys, ask } = await setUp(t, setOf(a), { gapMs: 150 });
  await keys.refresh();
  assert.equal(await ask(b), UNKNOWN);
  issuer.respond = setOf(a, b);
  await waitFor('the new key is fetched', async () => (await ask(b)) === '42');
  assert.equal(issuer.asked, 3);
});

test('keys that were fetched once serve while the issuer fails, in every way', async (t) => {
  const { issuer, keys, ask } = await setUp(t, setOf(a), { gapMs: 0, withinMs: 1000 });
  await keys.refresh();
  const failures: Record<string, Respond> = {
    'answers 500': (response) => response.writeHead(500).end(),
    'answers 404 with a set': (response) => setOf(b)(response.writeHead(404)),
    redirects: (response, path) =>
      path === '/other' ? setOf(b)(response) : response.writeHead(302, { location: '/other' }).end(),
    'cuts the connection': (response) => response.socket?.destroy(),
    'is silent': () => {},
    'stops within the body': (response) => response.write('{"keys":['),
    'answers no JSON': (response) => response.end('<html>'),
    'answers null': (response) => response.end('null'),
    'answers no set': (response) => response.end('{"jwks_uri":"x"}'),
    'answers an empty set': (response) => response.end('{"keys":[]}'),
    'answers 101 keys': (response) => response.end(JSON.stringify({ keys: Array(101).fill(b.jwk) })),
    'answers without end': (response) => {
      const chunk = `{"keys":[],"x":"${' '.repeat(60_000)}`;
      const timer = setInterval(() => response.write(chunk), 1);
      response.once('close', () => clearInterval(timer));
    },
  };
  for (const [what, respond] of Object.entries(failures)) {
    issuer.respond = respond;
    assert.equal(await keys.refresh(), 'failed', what);
    assert.equal(await ask(a), '42', what);
  }
  issuer.respond = (response) => response.writeHead(500).end();
  // It may be a good one: 401 would log its user out.
  assert.equal(await ask(b), UNAVAILABLE);
  issuer.respond = setOf(a, b);
  await waitFor('it is fetched', async () => (await ask(b)) === '42');
});

test('without any key yet a token waits for the first ones, and nobody is refused for good', async (t) => {
  const { issuer, ask } = await setUp(t, (response) => response.writeHead(500).end(), { gapMs: 0 });
  assert.equal(await ask(a), UNAVAILABLE);
  issuer.respond = (response) => setTimeout(() => setOf(a)(response), 100);
  assert.deepEqual(await Promise.all([ask(a), ask(a, '43')]), ['42', '43']);
});

test('keys are fetched again without any request, sooner after a failure, and their age is known', async (t) => {
  const { issuer, keys, ask } = await setUp(t, (response) => response.writeHead(500).end(), {
    refreshEveryMs: 30,
    gapMs: 10,
  });
  keys.start();
  await waitFor('it was tried three times', () => issuer.asked >= 3);
  assert.equal(keys.key, null);
  const beforeMs = keys.ageMs;
  issuer.respond = setOf(a);
  await waitFor('there are keys', () => keys.key !== null);
  assert.ok(keys.ageMs < beforeMs);
  issuer.respond = setOf(b);
  await waitFor('the other one is in force', async () => (await ask(b)) === '42');
  keys.stop();
});
