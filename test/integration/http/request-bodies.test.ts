// A body that an issue request does not need: read and dropped if its end is certain, and issued only once all of it is
// there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type App, startApp } from '../../support/app.ts';
import { ISSUE_PATH, post } from '../../support/malformed-requests.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { HIDDEN_USER } from '../../support/smuggled-requests.ts';

const BODY_WITHIN_MS = 1000;
const FUZZED = 600;
const AT_ONCE = 60;
const CHUNKED = 'Transfer-Encoding: chunked';

let lastUser = 1000;
/** The head of an issue request of a user of its own. */
function head(...headers: string[]): { user: number; text: string } {
  lastUser += 1;
  return { user: lastUser, text: post(ISSUE_PATH, `Commerce-User-Id: ${lastUser}`, ...headers) };
}

/** By Node's own client, as most libraries do; `body` undefined: none, null: chunked and empty. */
async function askByClient(app: App, agent: Agent, body: string | null | undefined, headers: Record<string, string>) {
  lastUser += 1;
  const call = request(`${app.url}${ISSUE_PATH}`, {
    agent,
    method: 'POST',
    headers: { 'Commerce-User-Id': String(lastUser), ...headers },
  });
  if (body === null) call.setHeader('Transfer-Encoding', 'chunked');
  call.end(body ?? undefined);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return { status: response.statusCode, connection: response.headers.connection, reused: call.reusedSocket };
}

const PIECES = [
  '0',
  '1',
  '5',
  'a',
  'F',
  'g',
  'G',
  ':',
  ';',
  '=',
  '-',
  '+',
  'x',
  ' ',
  '\t',
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\xff',
];

/** Chunks as they should be, with some bytes changed, lost or added. */
function nastyChunks(random: Seeded): string {
  const data = 'x'.repeat(random.below(20));
  const sound = `${data ? `${data.length.toString(16)}\r\n${data}\r\n` : ''}0\r\n\r\n`;
  const bytes = [...sound];
  for (let count = 1 + random.below(4); count > 0; count--) {
    bytes.splice(random.below(bytes.length + 1), random.below(3), random.pick(PIECES));
  }
  return bytes.join('');
}

test('request bodies', async (t) => {
  const redis = await startRedis(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl: await freshDatabase(t) });
  const workers = app.pids('http');
  const holds = async (user: number) => (await redis.cli('SISMEMBER', 'issue:coupon:1', user)) === 1;

  const cut = (text: string, at: number) => [text.slice(0, at), text.slice(at)];
  const sound: [string, (head: (...headers: string[]) => string) => string | readonly string[]][] = [
    ['two bytes of JSON', (head) => `${head('Content-Length: 2', 'Content-Type: application/json')}{}`],
    ['one byte', (head) => `${head('Content-Length: 1')}x`],
    ['4,096 bytes', (head) => `${head('Content-Length: 4096')}${'x'.repeat(4096)}`],
    ['a form', (head) => `${head('Content-Length: 3', 'Content-Type: application/x-www-form-urlencoded')}a=b`],
    ['a body that comes later', (head) => [head('Content-Length: 2'), '{}']],
    ['a body in two pieces', (head) => [`${head('Content-Length: 2')}{`, '}']],
    ['headers in two pieces, then a body', (head) => [...cut(head('Content-Length: 2'), 70), '{}']],
    ['headers in two pieces, the last one with the body', (head) => cut(`${head('Content-Length: 2')}{}`, 90)],
    ['no chunk', (head) => `${head(CHUNKED)}0\r\n\r\n`],
    ['no chunk, later', (head) => [head(CHUNKED), '0\r\n\r\n']],
    ['two chunks', (head) => `${head(CHUNKED)}1\r\n{\r\n1\r\n}\r\n0\r\n\r\n`],
    ['chunks of 4,096 bytes', (head) => `${head(CHUNKED)}${`400\r\n${'x'.repeat(1024)}\r\n`.repeat(4)}0\r\n\r\n`],
    ['a chunk in pieces', (head) => [`${head(CHUNKED)}A\r\n01234`, '56789\r', '\n0\r\n\r\n']],
    ['chunks behind headers in two pieces', (head) => cut(`${head(CHUNKED)}1\r\n{\r\n0\r\n\r\n`, 80)],
  ];
  const soundly = sound.map(([name, bytes]) => {
    let asking = 0;
    const parts = bytes((...headers) => {
      const { user, text } = head(...headers);
      asking = user;
      return text;
    });
    return { name, asking, chunked: [parts].flat().join('').includes(CHUNKED), result: sendRaw(app.port, parts) };
  });
  for (const { name, asking, chunked, result } of soundly) {
    const kept = chunked ? 'and the connection is closed' : 'and the connection stays open';
    await t.test(`${name}: issued, ${kept}`, async () => {
      const { answers, closed } = await result;
      assert.deepEqual([answers.map(({ status }) => status), closed], [[201], chunked]);
      assert.equal(answers[0]?.headers.connection, chunked ? 'close' : undefined);
      assert.equal(JSON.parse(answers[0]?.body ?? '{}').userId, asking);
    });
  }

  await t.test('a body that waits for 100 Continue is asked for and read', async () => {
    const { answers } = await sendRaw(app.port, [head('Content-Length: 2', 'Expect: 100-continue').text, '{}']);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [100, 201],
    );
  });

  await t.test("Node's client keeps its connection, unless it sends chunks", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const json = { 'Content-Type': 'application/json' };
    const first = await askByClient(app, agent, '{}', json);
    assert.deepEqual([first.status, first.reused], [201, false]);
    for (const body of ['{"any":"thing"}', undefined, 'x'.repeat(4096)]) {
      const { status, reused } = await askByClient(app, agent, body, json);
      assert.deepEqual([status, reused], [201, true]);
    }
    const chunked = await askByClient(app, agent, null, json);
    assert.deepEqual([chunked.status, chunked.connection, chunked.reused], [201, 'close', true]);
    assert.deepEqual((await askByClient(app, agent, null, json)).reused, false);
  });

  await t.test('nothing is issued before the last byte', async () => {
    const { user, text } = head('Content-Length: 2');
    const socket = connect(app.port, '127.0.0.1');
    socket.write(`${text}{`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await holds(user), false);
    socket.write('}');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 201 /);
    assert.equal(await holds(user), true);
    socket.destroy();
  });

  const unfinished: [string, string, string][] = [
    ['a body without its last byte', 'Content-Length: 2', '{'],
    ['a body of which nothing comes', 'Content-Length: 1', ''],
    ['chunks without an end', CHUNKED, '1\r\n{\r\n'],
    ['half a chunk', CHUNKED, '5\r\n{'],
  ];
  const given = unfinished.map(async ([name, header, body]) => {
    const { user, text } = head(header);
    const startMs = performance.now();
    const result = await sendRaw(app.port, `${text}${body}`, 2 * BODY_WITHIN_MS);
    return { name, header, body, user, ...result, tookMs: performance.now() - startMs };
  });
  for (const { name, header, body, user, answers, closed, tookMs } of await Promise.all(given)) {
    await t.test(`${name} is refused after a second and nothing is issued, also if the client hangs up`, async () => {
      assert.ok(tookMs >= BODY_WITHIN_MS, String(tookMs));
      assert.deepEqual([answers.map(({ status }) => status), closed], [[400], true]);
      assert.equal(await holds(user), false);

      const hasty = head(header);
      const socket = connect(app.port, '127.0.0.1');
      socket.write(`${hasty.text}${body}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.resetAndDestroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(await holds(hasty.user), false);
    });
  }

  await t.test('a body that trickles is closed within the same second', async () => {
    const { user, text } = head('Content-Length: 4096');
    const trickle = [text, ...Array.from({ length: 70 }, () => 'x')];
    const startMs = performance.now();
    const { closed } = await sendRaw(app.port, trickle, 3 * BODY_WITHIN_MS);
    assert.equal(closed, true);
    assert.ok(performance.now() - startMs < 2.5 * BODY_WITHIN_MS);
    assert.equal(await holds(user), false);
  });

  await t.test(`what follows ${FUZZED} fuzzed chunked bodies is never executed`, async () => {
    const random = seeded();
    t.diagnostic(`TEST_SEED=${random.seed}`);
    const hidden = post(ISSUE_PATH, `Commerce-User-Id: ${HIDDEN_USER}`);
    for (let sent = 0; sent < FUZZED; sent += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const chunks = nastyChunks(random);
          const at = random.below(chunks.length + 1);
          const start = `${head(CHUNKED).text}${chunks.slice(0, at)}`;
          const rest = chunks.slice(at);
          const parts = random.pick([[start + rest + hidden], [start, rest + hidden], [start + rest, hidden]]);
          const { answers } = await sendRaw(app.port, parts, 100);
          assert.ok(answers.length <= 1, JSON.stringify(chunks));
        }),
      );
    }
    assert.equal(await holds(HIDDEN_USER), false);
  });

  assert.deepEqual(app.pids('http'), workers);
});
