// Coupons that could never be used, at both doors: the admin API and the command line have one rule.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { createCoupon } from '../../../src/coupons/create.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { projectRoot } from '../../../src/project.ts';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { runCli } from '../../support/cli.ts';
import { type CouponStores, moveWindow, newCoupon, openStores } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS);
const draft = { name: 'Spring sale', totalStock: 3, discountType: 'PERCENT', discountAmount: 20 };

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly detail?: string;
    readonly fields?: readonly { readonly field: string; readonly problem: string }[];
    readonly id?: number;
    readonly name?: string;
    readonly opensAt?: string | null;
  };
}

type Ask = (method: 'POST' | 'PATCH', path: string, body: object | Buffer) => Promise<Answer>;

function openApi(t: Scope, stores: CouponStores): Ask {
  const app = createAdminServer({
    authentication: new Authentication({ token: ADMIN_TOKEN, failuresMax: 1000 }),
    servers: stores,
    openapi: '{}',
  });
  t.after(() => app.close());
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
    const payload = Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const response = await app.inject({ method, url: `/admin/v1${path}`, headers, payload });
    return { status: response.statusCode, body: response.json() };
  };
}

async function drafts({ database }: CouponStores): Promise<number> {
  const [row] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM coupon');
  return Number(row?.n);
}

const refusals: readonly (readonly [fields: Record<string, unknown>, field: string, code: string, says: RegExp])[] = [
  [{ closesAt: inHours(-1) }, '/closesAt', 'VALIDATION_FAILED', /is 1 h ago: no user could get/],
  [{ opensAt: inHours(-48), closesAt: inHours(-24) }, '/closesAt', 'VALIDATION_FAILED', /is 1 d ago/],
  [
    { opensAt: inHours(-29 * 24) },
    '/opensAt',
    'OPENS_IN_PAST',
    /is 29 d ago: .*Is the offset right\? If so, give openNow/,
  ],
  [{ opensAt: inHours(-0.001), closesAt: inHours(1) }, '/opensAt', 'OPENS_IN_PAST', /is \d+ s ago/],
  [{ opensAt: '2026-11-01T10:00:00+0900' }, '/opensAt', 'OPENS_IN_PAST', /2026-11-01T01:00:00.000Z/],
  [{ opensAt: inHours(1), openNow: true }, '/opensAt', 'VALIDATION_FAILED', /give one of the two/],
  [{ opensAt: inHours(2), closesAt: inHours(1) }, '/closesAt', 'VALIDATION_FAILED', /must be after opensAt/],
  [{ closesAt: '2206-05-01T00:00:00Z' }, '/closesAt', 'VALIDATION_FAILED', /in the years 2000 to 2100/],
  [{ opensAt: '0001-01-01T00:00:00Z' }, '/opensAt', 'VALIDATION_FAILED', /in the years 2000 to 2100/],
  [{ expiredAt: inHours(-24), opensAt: inHours(1) }, '/expiredAt', 'EXPIRES_TOO_EARLY', /must be after opensAt/],
  [{ expiredAt: inHours(2), closesAt: inHours(3) }, '/expiredAt', 'EXPIRES_TOO_EARLY', /must be after closesAt/],
  [{ expiredAt: inHours(-1) }, '/expiredAt', 'EXPIRES_TOO_EARLY', /is 1 h ago/],
  [{ name: 'a\u0000b' }, '/name', 'VALIDATION_FAILED', /one line of text: no control characters/],
  [{ name: '\u001b]0;owned\u0007' }, '/name', 'VALIDATION_FAILED', /control characters/],
  [{ name: 'sale \ud83d' }, '/name', 'VALIDATION_FAILED', /broken Unicode/],
  [{ name: 'sale\ufffd' }, '/name', 'VALIDATION_FAILED', /broken Unicode/],
  [{ name: '\u202esale' }, '/name', 'VALIDATION_FAILED', /writing direction/],
  [{ name: '\u200b\u2060' }, '/name', 'VALIDATION_FAILED', /visible/],
  [{ totalStock: 1_000_000_001 }, '/totalStock', 'VALIDATION_FAILED', /1000000000/],
];

test('the admin API names the field, and makes nothing', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  for (const preload of [false, true]) {
    for (const [fields, field, code, says] of refusals) {
      const { status, body } = await ask('POST', '/coupons', { ...draft, ...fields, preload });
      assert.deepEqual([status, body.code], [422, code], JSON.stringify(fields));
      assert.match(body.fields?.find((each) => each.field === field)?.problem ?? 'not named', says);
    }
  }
  assert.equal(await drafts(stores), 0);
});

test('an edit to what could never be used is refused like its creation', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  const id = await newCoupon(stores.database, 3);
  for (const [fields, field, code] of refusals) {
    const { status, body } = await ask('PATCH', `/coupons/${id}`, fields);
    assert.deepEqual([status, body.code], [422, code], JSON.stringify(fields));
    assert.ok(body.fields?.some((each) => each.field === field));
  }
  const window = { opensAt: inHours(1), closesAt: inHours(2), expiredAt: inHours(3) };
  assert.equal((await ask('PATCH', `/coupons/${id}`, window)).status, 200);
  const shorter = await ask('PATCH', `/coupons/${id}`, { closesAt: inHours(4) });
  assert.equal(shorter.body.code, 'EXPIRES_TOO_EARLY', 'what is not given counts as it is');
});

test('a coupon that is to open now says so, when it is made and when it is edited', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  const past = inHours(-1).toISOString();
  const given = await ask('POST', '/coupons', { ...draft, opensAt: past, openNow: true });
  assert.deepEqual([given.status, given.body.opensAt], [201, past]);
  const now = await ask('POST', '/coupons', { ...draft, openNow: true });
  assert.equal(now.status, 201);
  assert.ok(Math.abs(Date.parse(now.body.opensAt ?? '') - Date.now()) < 5000, String(now.body.opensAt));
  const waits = await ask('POST', '/coupons', draft);
  assert.equal(waits.body.opensAt, null, 'without openNow it waits for its preload');
  const edited = await ask('PATCH', `/coupons/${waits.body.id}`, { openNow: true });
  assert.equal(edited.status, 200);
  const [row] = await stores.database.query<{ n: number }>(
    'SELECT COUNT(*) AS n FROM coupon WHERE opens_at <= UTC_TIMESTAMP(3) + INTERVAL 5 SECOND',
  );
  assert.equal(Number(row?.n), 3);
});

const misspelt: readonly (readonly [body: object, problems: Readonly<Record<string, string>>])[] = [
  [
    { ...draft, opensAt: '2026-12-01T10:00:00', closesAt: 'tomorrow', expiredAt: 5 },
    {
      '/opensAt': 'must be a time with an offset, such as 2026-12-01T10:00:00+09:00, or null',
      '/closesAt': 'must be a time with an offset, such as 2026-12-01T10:00:00+09:00, or null',
      '/expiredAt': 'must be a time with an offset, such as 2026-12-01T10:00:00+09:00, or null',
    },
  ],
  [
    { name: 5, totalStock: '3', discountType: 'GIFT', discountAmount: 0, preload: 'yes' },
    {
      '/name':
        'must be one line of text: no control characters, no override of the writing ' +
        'direction, no broken Unicode, no space at its ends, of 1 to 100 characters',
      '/totalStock': 'must be an integer from 1 to 1000000000',
      '/discountType': 'must be FIXED or PERCENT',
      '/discountAmount': 'must be an integer from 1 to 9007199254740991',
      '/preload': 'must be true or false',
    },
  ],
  [
    { name: 'x', stock: 5, discountType: 'FIXED', discountAmount: 1000 },
    {
      '/totalStock': 'is missing: it must be an integer from 1 to 1000000000',
      '/stock':
        'is no field of this request: it has name, totalStock, discountType, ' +
        'discountAmount, opensAt, closesAt, expiresAt, expiredAt, openNow, preload, rehearsal and dryRun',
    },
  ],
  // What the schema refuses, and what only the rules know, in one answer.
  [
    { ...draft, totalStock: 0, closesAt: '2020-01-01T00:00:00Z', opensAt: '2019-01-01T00:00:00Z' },
    {
      '/totalStock': 'must be an integer from 1 to 1000000000',
      '/opensAt':
        '(2019-01-01T00:00:00.000Z) is long ago: the coupon would ' +
        'open at once. Is the offset right? If so, give openNow (--open-now)',
      '/closesAt': '(2020-01-01T00:00:00.000Z) is long ago: no user could get the coupon',
    },
  ],
  [{ ...draft, discountAmount: 101 }, { '/discountAmount': 'must be an integer of at most 100' }],
];

test('all wrong fields are named at once, one sentence each, with what is allowed', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  for (const [body, problems] of misspelt) {
    const answer = await ask('POST', '/coupons', body);
    assert.deepEqual([answer.status, answer.body.code], [422, 'VALIDATION_FAILED']);
    const found = answer.body.fields?.map(({ field, problem }) => [field, problem] as const) ?? [];
    const timeless = found.map(([field, problem]) => [field, problem.replace(/ is \d+ d ago:/, ' is long ago:')]);
    assert.deepEqual(Object.fromEntries(timeless), problems);
    assert.equal(found.length, Object.keys(problems).length, 'each field once');
    for (const [field, problem] of found) assert.ok(answer.body.detail?.includes(`${field?.slice(1)} ${problem}`));
  }
  const id = await newCoupon(stores.database, 3);
  await moveWindow(stores.database, id, { closesAt: inHours(3) });
  const edit = await ask('PATCH', `/coupons/${id}`, { totalStock: '3', expiredAt: inHours(2), name: 'bell\u0007' });
  assert.deepEqual(edit.body.fields?.map(({ field }) => field).sort(), ['/expiredAt', '/name', '/totalStock']);
  assert.match(edit.body.detail ?? '', /expiredAt .* must be after closesAt/);
  const moves: readonly (readonly [path: string, body: object, detail: RegExp])[] = [
    ['restock', {}, /^the request must have exactly one of add and totalStock$/],
    ['restock', { add: 1, totalStock: 2 }, /exactly one of add and totalStock$/],
    ['revoke', { reason: '' }, /^userId is missing: it must be an integer from 1 .*; reason must be one line of text/],
    ['dead-letters/redrive', { ids: ['x'] }, /^ids\/0 must be the id of a dead letter, such as 1790000000000-0$/],
    ['close', { waitSeconds: 31, version: -1 }, /version must be .*; waitSeconds must be an integer from 0 to 30$/],
  ];
  for (const [path, body, detail] of moves) {
    const answer = await ask('POST', `/coupons/${id}/${path}`, body);
    assert.equal(answer.body.code, 'VALIDATION_FAILED');
    assert.match(answer.body.detail ?? '', detail);
  }
});

test('a body that is not UTF-8 is refused, and not converted', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  const withName = (name: Buffer) => {
    const [before, behind] = JSON.stringify({ ...draft, name: '|' }).split('|') as [string, string];
    return Buffer.concat([Buffer.from(before), name, Buffer.from(behind)]);
  };
  const broken: Readonly<Record<string, Buffer>> = {
    'GBK for spring': Buffer.from([0xb4, 0xba, 0xbc, 0xbe]),
    'Latin-1': Buffer.from([0x63, 0x61, 0x66, 0xe9]),
    'EUC-KR': Buffer.from([0xba, 0xbd]),
    'a sequence cut off': Buffer.from('봄').subarray(0, 2),
    'an overlong zero': Buffer.from([0xc0, 0x80]),
    'a surrogate as bytes': Buffer.from([0xed, 0xa0, 0xbd]),
    'beyond Unicode': Buffer.from([0xf5, 0x80, 0x80, 0x80]),
  };
  for (const [what, bytes] of Object.entries(broken)) {
    const { status, body } = await ask('POST', '/coupons', withName(bytes));
    assert.deepEqual([status, body.code], [400, 'BAD_REQUEST'], what);
    assert.match(body.detail ?? '', /not UTF-8/);
  }
  assert.equal(await drafts(stores), 0);
  const name = '봄 세일 👩‍👩‍👧‍👦 café';
  const made = await ask('POST', '/coupons', withName(Buffer.from(name)));
  assert.deepEqual([made.status, made.body.name], [201, name]);
});

test('reasons are text that can be kept and shown as it was given, too', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  const id = await newCoupon(stores.database, 3);
  await preloadCoupon(stores, id);
  for (const reason of ['\u001b[2J', 'a\u0000b', 'lone \udc00', 'two\nlines']) {
    const { status, body } = await ask('POST', `/coupons/${id}/pause`, { reason });
    assert.deepEqual([status, body.code, body.fields?.[0]?.field], [422, 'VALIDATION_FAILED', '/reason']);
  }
  assert.equal((await ask('POST', `/coupons/${id}/pause`, { reason: 'Lager leer: größer bestellen' })).status, 200);
});

test('a coupon from before these rules goes on: it is edited, and preloaded unless its window is over', async (t) => {
  const stores = await openStores(t);
  const { database } = stores;
  const ask = openApi(t, stores);
  const [over, early] = [await newCoupon(database, 3), await newCoupon(database, 3)];
  await moveWindow(database, over, { closesAt: inHours(-1) });
  await moveWindow(database, early, { closesAt: inHours(2), expiredAt: inHours(1) });
  await database.execute('UPDATE coupon SET name = ? WHERE id IN (?, ?)', ['bell\u0007', over, early]);
  for (const id of [over, early]) {
    assert.equal((await ask('PATCH', `/coupons/${id}`, { totalStock: 7 })).status, 200);
  }
  const refused = await ask('POST', `/coupons/${over}/preload`, {});
  assert.deepEqual([refused.status, refused.body.code], [422, 'VALIDATION_FAILED']);
  assert.match(refused.body.detail ?? '', /^closesAt .* is 1 h ago/);
  assert.equal((await ask('POST', `/coupons/${early}/preload`, {})).status, 200);
  assert.equal((await ask('PATCH', `/coupons/${over}`, { closesAt: inHours(1) })).status, 200);
  assert.equal((await ask('POST', `/coupons/${over}/preload`, {})).status, 200);
});

test('the command line refuses the same, with the same code', async (t) => {
  const stores = await openStores(t);
  const env = { REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl };
  const create = ['coupon', 'create', '--stock', '3', '--discount', '20%', '--json'];
  const refused: readonly (readonly [readonly string[], string, RegExp])[] = [
    [['--name', 'x', '--closes-at', inHours(-1).toISOString()], 'VALIDATION_FAILED', /^--closes-at \S+Z is 1 h ago/],
    [['--name', 'x', '--opens-at', '+2h', '--expires-at', '+1h'], 'EXPIRES_TOO_EARLY', /expiredAt .* after opensAt/],
    [['--name', 'x', '--opens-at', '2026-11-01T10:00:00+09:00'], 'OPENS_IN_PAST', /^--opens-at \S+09:00 is .*open-now/],
    [['--name', '\u001b[31mred'], 'VALIDATION_FAILED', /^name must be one line/],
    [['--name', ' x', '--opens-at', '1999-01-01T00:00:00Z'], 'VALIDATION_FAILED', /name must .*opensAt must be in/],
  ];
  for (const [options, code, sentence] of refused) {
    const { code: exitCode, stdout } = await runCli(env, ...create, ...options);
    const answer = JSON.parse(stdout);
    assert.deepEqual([exitCode, answer.ok, answer.code], [1, false, code], stdout);
    assert.match(answer.error, sentence);
  }
  // Bytes that are not UTF-8, as a terminal of another encoding sends them: here GBK.
  const cli = join(projectRoot, 'dist/src/cli.js');
  const shell = `exec "$0" "$@" --name "$(printf '\\264\\272\\274\\276')"`;
  const { status, stdout } = spawnSync('sh', ['-c', shell, process.execPath, cli, ...create], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  assert.deepEqual([status, JSON.parse(stdout).code], [1, 'VALIDATION_FAILED'], stdout);
  assert.equal(await drafts(stores), 0);
  const reason = await runCli(env, 'coupon', 'pause', '1', '--reason', 'a\u0007b');
  assert.deepEqual([reason.code, /It must be one line/.test(reason.stderr)], [2, true]);
});

test("times are held against MySQL's clock, with room for the difference to Redis'", async (t) => {
  const { database } = await openStores(t);
  const coupon = { name: 'x', totalStock: 1, discountType: 'FIXED', discountAmount: 1 } as const;
  await createCoupon(database, { ...coupon, closesAt: new Date(Date.now() - 2000) });
  await assert.rejects(createCoupon(database, { ...coupon, closesAt: new Date(Date.now() - 60_000) }), /is 1 min ago/);
});
