// Bad input gets a clear answer, consumes nothing, and never ends a worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCoupon } from '../../../src/coupons/create.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { startApp } from '../../support/app.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const PATH = '/api/v2/me/coupons/1/issue';

interface Case {
  readonly name: string;
  readonly bytes: string | readonly string[];
  /** Statuses of all answers on the connection, with their codes. */
  readonly answers: readonly string[];
  readonly closed?: boolean;
  readonly header?: readonly [string, string];
}

function post(path: string, ...headers: string[]): string {
  return [`POST ${path} HTTP/1.1`, 'Host: couponrush', ...headers, '', ''].join('\r\n');
}

const USER = 'Commerce-User-Id: 1';
const bad = ['400 BAD_REQUEST'];
const identityCases: Case[] = [
  { name: 'no identity', bytes: post(PATH), answers: ['401 UNAUTHENTICATED_USER'] },
  { name: 'an empty identity', bytes: post(PATH, 'Commerce-User-Id:'), answers: bad },
  ...['0', '-1', '+1', '007', '1e3', '1.0', '0x1', 'abc', '1,2', '9007199254740992', '1 2', '}{', "1'--"].map(
    (value): Case => ({ name: `identity ${value}`, bytes: post(PATH, `Commerce-User-Id: ${value}`), answers: bad }),
  ),
  { name: 'an identity twice', bytes: post(PATH, USER, 'Commerce-User-Id: 2'), answers: bad },
  { name: 'the same identity twice', bytes: post(PATH, USER, USER), answers: bad },
  { name: 'an identity in two spellings', bytes: post(PATH, USER, 'COMMERCE-USER-ID: 1'), answers: bad },
  { name: 'an identity that Connection names', bytes: post(PATH, USER, 'Connection: Commerce-User-Id'), answers: bad },
];

const keyCases: Case[] = [
  { name: 'an empty Idempotency-Key', bytes: post(PATH, USER, 'Idempotency-Key:'), answers: bad },
  {
    name: 'an Idempotency-Key of 65 characters',
    bytes: post(PATH, USER, `Idempotency-Key: ${'k'.repeat(65)}`),
    answers: bad,
  },
  { name: 'an Idempotency-Key with a space', bytes: post(PATH, USER, 'Idempotency-Key: a b'), answers: bad },
  {
    name: 'an Idempotency-Key twice',
    bytes: post(PATH, USER, 'Idempotency-Key: a', 'Idempotency-Key: a'),
    answers: bad,
  },
];

const idCases: Case[] = ['0', '-1', '01', '1e3', 'abc', '9007199254740992', '%31', '1.0', '1%00', ';'].map((id) => ({
  name: `coupon id ${id}`,
  bytes: post(`/api/v2/me/coupons/${id}/issue`, USER),
  answers: bad,
}));

const routeCases: Case[] = [
  { name: 'an unknown path', bytes: post('/nothing'), answers: ['404 NOT_FOUND'] },
  { name: 'the root', bytes: post('/'), answers: ['404 NOT_FOUND'] },
  { name: 'a trailing slash', bytes: post(`${PATH}/`, USER), answers: ['404 NOT_FOUND'] },
  { name: 'an unknown coupon', bytes: post('/api/v2/me/coupons/999/issue', USER), answers: ['404 NOT_FOUND_COUPON'] },
  {
    name: 'an unknown method',
    bytes: `DELETE ${PATH} HTTP/1.1\r\nHost: c\r\n\r\n`,
    answers: ['405 METHOD_NOT_ALLOWED'],
    header: ['allow', 'POST'],
  },
  {
    name: 'a method in lower case',
    bytes: `post ${PATH} HTTP/1.1\r\nHost: c\r\n${USER}\r\n\r\n`,
    answers: ['405 METHOD_NOT_ALLOWED'],
  },
  {
    name: 'POST where GET is',
    bytes: post('/api/v2/me/coupons/1', USER),
    answers: ['405 METHOD_NOT_ALLOWED'],
    header: ['allow', 'GET, HEAD'],
  },
];

const framingCases: Case[] = [
  { name: 'a body', bytes: `${post(PATH, USER, 'Content-Length: 2')}{}`, answers: bad, closed: true },
  { name: 'a body on an unknown path', bytes: `${post('/x', 'Content-Length: 2')}{}`, answers: bad, closed: true },
  {
    name: 'a chunked body',
    bytes: `${post(PATH, USER, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    answers: bad,
    closed: true,
  },
  {
    name: 'two lengths, both zero',
    bytes: post(PATH, USER, 'Content-Length: 0', 'Content-Length: 0'),
    answers: bad,
    closed: true,
  },
  { name: 'fifty-one headers', bytes: post(PATH, USER, ...many(50)), answers: ['431 HEADERS_TOO_LARGE'] },
  {
    name: 'nine kilobytes of headers',
    bytes: post(PATH, USER, `X-Long: ${'x'.repeat(9000)}`),
    answers: ['431 HEADERS_TOO_LARGE'],
  },
];

/** Headers beside Host and the identity. */
function many(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `X-${index}: 1`);
}

const smuggled = post('/api/v2/me/coupons/1/issue', 'Commerce-User-Id: 666');
const smugglingCases: [string, string][] = [
  ['CL.CL', `${post(PATH, USER, 'Content-Length: 0', `Content-Length: ${smuggled.length}`)}${smuggled}`],
  ['CL.TE', `${post(PATH, USER, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
  ['TE.CL', `${post(PATH, USER, 'Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n${smuggled}`],
  ['TE', `${post(PATH, USER, 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
  ['obfuscated TE', `${post(PATH, USER, 'Transfer-Encoding: xchunked')}0\r\n\r\n${smuggled}`],
  ['TE twice', `${post(PATH, USER, 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
  ['a body that is a request', `${post(PATH, USER, `Content-Length: ${smuggled.length}`)}${smuggled}`],
];

test('malformed requests', async (t) => {
  const redis = await startRedis(t);
  const mysqlUrl = await freshDatabase(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 5000 });
  t.after(() => database.close());
  const workers = app.pids('http');

  for (const { name, bytes, answers, closed, header } of [
    ...identityCases,
    ...keyCases,
    ...idCases,
    ...routeCases,
    ...framingCases,
  ]) {
    await t.test(`${name} is answered ${answers.join(', ')}`, async () => {
      const result = await sendRaw(app.port, bytes);
      assert.deepEqual(
        result.answers.map(({ status, body }) => `${status} ${JSON.parse(body).code}`),
        answers,
      );
      for (const answer of result.answers) {
        assert.equal(answer.headers['content-type'], 'application/problem+json');
        assert.equal(JSON.parse(answer.body).status, answer.status);
        if (header) assert.equal(answer.headers[header[0]], header[1]);
      }
      if (closed) assert.ok(result.closed, 'the connection is closed');
    });
  }

  for (const [name, bytes] of smugglingCases) {
    await t.test(`a request smuggled by ${name} is never executed`, async () => {
      const { answers } = await sendRaw(app.port, bytes);
      assert.ok(answers.length <= 1, `${answers.length} answers on one connection`);
      assert.ok(answers.every(({ status }) => status !== 201));
      assert.equal(await redis.cli('SISMEMBER', 'issue:coupon:1', '666'), 0);
    });
  }

  await t.test('HEAD is answered without a body', async () => {
    const { answers } = await sendRaw(app.port, 'HEAD /livez HTTP/1.1\r\nHost: c\r\n\r\n');
    assert.equal(answers.length, 1);
    assert.equal(answers[0]?.status, 200);
    assert.equal(answers[0]?.body, '');
  });

  await t.test('a request in pieces is answered once', async () => {
    const whole = post(PATH, 'Commerce-User-Id: 77');
    const { answers } = await sendRaw(app.port, [whole.slice(0, 60), whole.slice(60, 90), whole.slice(90)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201],
    );
  });

  await t.test('a coupon that was never preloaded is not ready, and the answer says when to come back', async () => {
    const draft = await createCoupon(database, {
      name: 'draft',
      totalStock: 1,
      discountType: 'FIXED',
      discountAmount: 1,
    });
    const { answers } = await sendRaw(app.port, post(`/api/v2/me/coupons/${draft}/issue`, USER));
    assert.equal(answers[0]?.status, 503);
    assert.equal(JSON.parse(answers[0]?.body ?? '{}').code, 'NOT_READY');
    assert.match(answers[0]?.headers['retry-after'] ?? '', /^[1-9]\d*$/);
  });

  await t.test('nothing was issued to anyone else, and no worker was replaced', async () => {
    assert.deepEqual(await redis.cli('SMEMBERS', 'issue:coupon:1'), ['77']);
    assert.deepEqual(app.pids('http'), workers);
  });
});
