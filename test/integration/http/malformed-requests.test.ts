// Bad input gets a clear answer, consumes nothing, and never ends a worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCoupon } from '../../../src/coupons/create.ts';
import { startApp } from '../../support/app.ts';
import { connectDatabase } from '../../support/coupon-stores.ts';
import { differences, malformedFor } from '../../support/engine-differences.ts';
import { engines } from '../../support/http-engine.ts';
import { ISSUE_PATH, post, raw } from '../../support/malformed-requests.ts';
import { type RawAnswer, type RawResult, sendRaw } from '../../support/raw-http.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { HIDDEN_USER, smuggledRequests } from '../../support/smuggled-requests.ts';

const AT_ONCE = 20;
const QUIET_MS = 500;

function codeOf({ headers, body }: RawAnswer): string {
  return headers['content-type'] === 'application/problem+json' && body !== '' ? JSON.parse(body).code : '-';
}

function told({ answers, closed }: RawResult): string {
  const parts = answers.map((answer) => `${answer.status} ${codeOf(answer)}`);
  if (closed) parts.push('closed');
  return parts.join(', ') || 'silence';
}

async function sendAll<T extends { bytes: string | readonly string[] }>(port: number, requests: readonly T[]) {
  const results: [T, RawResult][] = [];
  for (let start = 0; start < requests.length; start += AT_ONCE) {
    const part = requests.slice(start, start + AT_ONCE);
    const answers = await Promise.all(part.map(({ bytes }) => sendRaw(port, bytes, QUIET_MS)));
    results.push(...part.map((request, index): [T, RawResult] => [request, answers[index] as RawResult]));
  }
  return results;
}

for (const engine of engines) {
  test(`malformed requests on ${engine.name}`, async (t) => {
    const redis = await startRedis(t);
    const mysqlUrl = await freshDatabase(t);
    const app = await startApp(t, { redisUrl: redis.url, mysqlUrl, env: { HTTP_ENGINE: engine.name } });
    const database = connectDatabase(t, mysqlUrl);
    const workers = app.pids('http');

    const malformed = malformedFor(engine.name);
    assert.ok(malformed.length >= 60);
    for (const [{ name, golden, header }, result] of await sendAll(app.port, malformed)) {
      await t.test(`${name} is answered ${[golden].flat().join(' or ')}`, () => {
        assert.ok([golden].flat().includes(told(result)), told(result));
        for (const { status, headers, repeated, body } of result.answers) {
          assert.deepEqual(repeated, []);
          assert.doesNotMatch(Object.keys(headers).join(), /access-control-|vary/, 'CORS_ORIGINS is not set');
          if (body !== '' && headers['content-type'] === 'application/problem+json') {
            assert.equal(JSON.parse(body).status, status);
          }
          if (header) assert.equal(headers[header[0]], header[1]);
        }
      });
    }

    const hidden = smuggledRequests.map(([name, bytes]) => ({ name, bytes }));
    for (const [{ name }, { answers }] of await sendAll(app.port, hidden)) {
      await t.test(`a request smuggled by ${name} is never executed`, () => {
        assert.ok(answers.length <= 1, `${answers.length} answers on one connection`);
        assert.ok(answers.every(({ status, body }) => status !== 201 || JSON.parse(body).userId === 1));
      });
    }

    await t.test('HEAD is answered without a body, also where the answer takes a moment', async () => {
      for (const [path, status] of [
        ['/livez', 200],
        ['/readyz', 200],
        ['/api/v2/me/coupons', 200],
        ['/api/v2/coupons/1', 200],
        ['/api/v2/me/coupons/1', 404],
        ['/nothing', 404],
      ] as const) {
        const head = raw(`HEAD ${path} HTTP/1.1`, 'Commerce-User-Id: 5');
        const { answers, closed } = await sendRaw(app.port, [head, head]);
        const told = answers.map((answer) => [
          answer.status,
          Number(answer.headers['content-length']) > 0,
          answer.body,
        ]);
        const once = [status, true, ''];
        assert.deepEqual(told, [once, once], path);
        assert.equal(closed, false);
      }
    });

    await t.test('a request in pieces is answered once', async () => {
      const whole = post(ISSUE_PATH, 'Commerce-User-Id: 77');
      const { answers } = await sendRaw(app.port, [whole.slice(0, 60), whole.slice(60, 90), whole.slice(90)]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [201],
      );
    });

    // node:http's parser waits for the rest.
    const splits = engine.name === 'node' ? 'is answered' : 'is 505 if the first has four bytes of it or more';
    await t.test(`a sound request line in two packets ${splits}`, async () => {
      const line = `POST ${ISSUE_PATH} HTTP/1.1\r\n`;
      const cuts = Array.from({ length: line.length + 10 }, (_, index) => index + 1);
      const isRefused = (cut: number) => engine.name === 'uws' && cut >= 4 && cut < line.length;
      const outcomes = await Promise.all(
        cuts.map((cut) => {
          const refused = isRefused(cut);
          const whole = post(ISSUE_PATH, `Commerce-User-Id: ${refused ? 88 : 1}`);
          return sendRaw(app.port, [whole.slice(0, cut), whole.slice(cut)], 2 * QUIET_MS);
        }),
      );
      for (const [index, { answers, closed }] of outcomes.entries()) {
        const cut = cuts[index] as number;
        if (isRefused(cut)) assert.equal(told({ answers, closed }), '505 -, closed', `cut after ${cut}`);
        else assert.match(told({ answers, closed }), /^(201 -|400 ALREADY_ISSUED_COUPON)$/, `cut after ${cut}`);
      }
    });

    await t.test('a coupon that was never preloaded is unknown', async () => {
      const draft = await createCoupon(database, {
        name: 'draft',
        totalStock: 1,
        discountType: 'FIXED',
        discountAmount: 1,
      });
      const { answers } = await sendRaw(app.port, post(`/api/v2/me/coupons/${draft}/issue`, 'Commerce-User-Id: 1'));
      assert.equal(answers[0]?.status, 404);
      assert.equal(JSON.parse(answers[0]?.body ?? '{}').code, 'NOT_FOUND_COUPON');
    });

    await t.test('nothing was issued to anyone else, and no worker was replaced', async () => {
      assert.equal(await redis.cli('SISMEMBER', 'issue:coupon:1', HIDDEN_USER), 0);
      const holders = (await redis.cli('SMEMBERS', 'issue:coupon:1')) as string[];
      // Of the smuggling attempts only what stands in front may be granted: user 1, where that request is sound by
      // itself.
      assert.deepEqual(
        holders.filter((user) => user !== '1'),
        ['77'],
      );
      assert.deepEqual(app.pids('http'), workers);
    });
  });
}

test('each difference between the engines is one: its case exists, and uWebSockets.js answers in another way', () => {
  const onUws = new Map(malformedFor('uws').map(({ name, golden }) => [name, [golden].flat()]));
  for (const [name, golden] of differences.flatMap(({ cases }) => Object.entries(cases))) {
    assert.ok(onUws.get(name), name);
    assert.ok(!onUws.get(name)?.includes(golden), name);
  }
  assert.equal(malformedFor('node').length, malformedFor('uws').length);
});
