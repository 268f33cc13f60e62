// Ten thousand requests whose ids and headers are made of what breaks parsers: no 5xx of ours, nothing left in Redis,
// and every worker lives on.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { isId } from '../../../src/ids.ts';
import { startApp } from '../../support/app.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const REQUESTS = 10_000;
const AT_ONCE = 32;
/** uWebSockets.js is silent until its timeout where a header can't be parsed: not worth waiting for. */
const PATIENCE_MS = 250;

const PIECES = [
  ...[
    '0',
    '1',
    '7',
    '9',
    '-',
    '+',
    '.',
    ',',
    'e',
    'x',
    'n',
    '_',
    ';',
    ':',
    "'",
    '"',
    '}{',
    '{',
    '}',
    '%',
    '%00',
    '%31',
  ],
  ...['9007199254740991', '9007199254740992', '18446744073709551616', '0x10', '1e3', 'NaN', 'null', '__proto__', '../'],
  ...[' ', '\t', '\0', '\x7f', '\x80', '\xff', 'é', '１', '*', '\\', '|', '$', '\\r\\n', '{1}', 'coupon:1:stock'],
];

function nasty(random: Seeded, lengthMax = 12): string {
  const length = random.below(random.below(50) === 0 ? 400 : lengthMax);
  return Array.from({ length }, () => random.pick(PIECES)).join('');
}

/** What must not be a sound id: otherwise a coupon would rightly be issued. */
function nastyId(random: Seeded): string {
  for (;;) {
    const id = nasty(random);
    if (!isId(id.trim()) && !isId(id.replace(/[^\x21-\x7e]/g, ''))) return id;
  }
}

function fuzzed(random: Seeded): string {
  const inPath = nastyId(random).replace(/[\s\0?#]/g, '!');
  const [path, user] = random.pick([
    [`/api/v2/me/coupons/${inPath}/issue`, '7'],
    ['/api/v2/me/coupons/1/issue', nastyId(random)],
    [`/api/v2/me/coupons/${inPath}/issue`, nastyId(random)],
    [`/api/v2/me/coupons/${inPath}`, '7'],
    [`/api/v2/coupons/${inPath}`, nasty(random)],
    [`/api/v2/me/coupons?lastId=${inPath}&size=${inPath}`, '7'],
    [`/${inPath}`, nasty(random)],
  ]);
  const method = random.pick([
    'POST',
    'POST',
    'POST',
    'GET',
    'GET',
    'HEAD',
    'PUT',
    `P${nasty(random).replace(/\s/g, '')}`,
  ]);
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: c'];
  lines.push(`Commerce-User-Id: ${user}`);
  if (random.below(3) === 0) lines.push(`Idempotency-Key: ${nasty(random)}`);
  if (random.below(4) === 0)
    lines.push(`${random.pick(['X-', 'Connection', 'X-Forwarded-For', 'Content-Length'])}: ${nasty(random)}`);
  if (random.below(8) === 0) lines.push(`Commerce-User-Id: ${nasty(random)}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The first status on a new connection; 0 where none comes. */
function statusOf(port: number, bytes: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    let status = 0;
    socket.on('connect', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(chunk.toString('latin1'))?.[1] ?? -1);
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(status);
    });
  });
}

test('ten thousand fuzzed requests leave nothing behind', async (t) => {
  const random = seeded();
  t.diagnostic(`TEST_SEED=${random.seed}`);
  const redis = await startRedis(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl: await freshDatabase(t) });
  const workers = app.pids('http');
  const keys = async () => ((await redis.cli('KEYS', '*')) as string[]).sort();
  const before = await keys();
  const statuses = new Map<number, number>();
  let sent = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent < REQUESTS) {
        sent += 1;
        const bytes = fuzzed(random);
        const status = await statusOf(app.port, bytes);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        // 505 is uWebSockets.js' own answer to a request line that it can't read.
        assert.ok(status < 500 || status === 505, `${status} for ${JSON.stringify(bytes)}`);
        assert.notEqual(status, 201, JSON.stringify(bytes));
      }
    }),
  );
  t.diagnostic(JSON.stringify(Object.fromEntries(statuses)));
  assert.deepEqual(await keys(), before);
  assert.deepEqual(app.pids('http'), workers);
});
