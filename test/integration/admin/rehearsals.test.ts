// Rehearsals by the admin API of a running server: real users, real answers, a proof to hand round.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { Authentication } from '../../../src/admin/authentication.ts';
import { rehearsal as rehearsalSchema } from '../../../src/admin/rehearsal-schemas.ts';
import type { RehearsalTarget } from '../../../src/admin/rehearsals.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { pauseCoupon } from '../../../src/coupons/pause.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { recordAudit, settleAudit } from '../../../src/store/tables/audit.ts';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { runCli } from '../../support/cli.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';
import { startScene } from '../../support/scene.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const ajv = new Ajv({ strict: false });
formats.default(ajv, ['date-time']);

// biome-ignore lint/suspicious/noExplicitAny: what a test reads from an answer is checked by its schema
type Body = any;

const refusedBodies = [
  ...[{ users: 0 }, { users: -1 }, { users: 1e9 }, { users: 10_001 }, { users: 1.5 }, { users: null }],
  ...[{ users: '10' }, { users: [10] }, { users: true }, { users: 10, url: 'http://elsewhere' }, {}],
  ...[
    { users: 1, firstUser: 0 },
    { users: 1, firstUser: 2 ** 53 },
    { users: 1, duplicates: 'yes' },
  ],
];
const NAME = 'Rehearsal <b>"1"</b>';

test('a rush of 500 for 300 coupons is proven, recorded, and its page can be handed round', async (t) => {
  const { app, stores, couponId } = await startScene(t, { stock: 300, coupon: { name: NAME, rehearsal: true } });
  const ask = async (path: string, body?: object) => {
    const response = await fetch(`${app.adminUrl}/admin/v1/coupons/${couponId}${path}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', 'x-operator': 'jin' },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: (): Body => JSON.parse(text) };
  };
  const run = async (body: object): Promise<Body> => {
    const begun = await ask('/rehearsals', body);
    assert.equal(begun.status, 201, begun.text);
    const { id, state } = begun.json();
    assert.equal(state, 'running');
    assert.equal(begun.headers.get('location'), `/admin/v1/coupons/${couponId}/rehearsals/${id}`);
    // Twice at once is refused, and a page before the end.
    const second = await ask('/rehearsals', { users: 1 });
    assert.deepEqual([second.status, second.json().code], [409, 'REHEARSAL_RUNNING']);
    assert.match(second.json().detail, new RegExp(`coupon ${couponId} runs since`));
    assert.equal((await ask(`/rehearsals/${id}/report`)).json().code, 'STATE_CONFLICT');
    let read: Body;
    await waitFor(
      'the rehearsal ends',
      async () => {
        read = (await ask(`/rehearsals/${id}`)).json();
        return read.state !== 'running';
      },
      { withinMs: 30_000 },
    );
    assert.ok(ajv.validate(rehearsalSchema, read), ajv.errorsText());
    return read;
  };

  const first = await run({ users: 500 });
  const { result } = first;
  assert.deepEqual([first.state, result.proven, result.reasons, result.notes], ['done', true, [], []], result.verdict);
  assert.deepEqual(
    [first.firstUser, result.firstUserId, result.lastUserId],
    [9_000_000_000_000_001, 9_000_000_000_000_001, 9_000_000_000_000_500],
    'not the ids that real users have',
  );
  assert.deepEqual(result.answers, { '201': 300, '400 OUT_OF_STOCK_COUPON': 200 });
  assert.deepEqual([result.users.granted, result.drain.drained, result.verification.ok], [300, true, true]);
  assert.ok(result.latencyMs.p50 <= result.latencyMs.p99);

  const page = await ask(`/rehearsals/${first.id}/report`);
  assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
  assert.match(
    page.headers.get('content-disposition') ?? '',
    /^attachment; filename="rehearsal-\d+-coupon-\d+\.html"$/,
  );
  assert.match(page.text, /PROVEN: every answer was true/);
  assert.match(page.text, /Rehearsal &#60;b&#62;/);
  assert.doesNotMatch(page.text, /<b>|<script|(src|href)=/);

  // The same users again: nothing contradicts, and what that means is said.
  const again = await run({ users: 500, duplicates: true });
  assert.equal(again.result.proven, true, again.result.verdict);
  assert.deepEqual([again.holdersBefore, again.result.heldBefore, again.result.requests], [300, 300, 1000]);
  assert.match(again.result.notes.join(' '), /300 of 500 users held the coupon before/);

  const list = (await ask('/rehearsals')).json().rehearsals;
  assert.deepEqual(
    list.map(({ id, proven }: Body) => [id, proven]),
    [
      [again.id, true],
      [first.id, true],
    ],
  );
  const records = await stores.database.query<{ id: number; actor: string; result: string; detail: string }>(
    "SELECT id, actor, result, detail FROM coupon_audit WHERE action = 'rehearse' AND result <> 'REFUSED' ORDER BY id",
  );
  assert.deepEqual(
    records.map(({ id, result: end }) => [id, end]),
    [
      [first.id, 'APPLIED'],
      [again.id, 'APPLIED'],
    ],
  );
  for (const { actor, detail } of records) {
    assert.match(actor, /^api jin from /);
    assert.match(detail, /^PROVEN/);
  }
  // The proofs of any coupon work on it as well.
  assert.equal((await ask('/verification?mode=final')).json().ok, true);
  assert.equal((await ask('/report')).json().totals.issued, 300);
});

const target: RehearsalTarget = { url: 'http://127.0.0.1:9', identityMode: 'trust', issueDeadlineMs: 1000 };

async function openApi(t: Scope, rehearse: RehearsalTarget | null) {
  const stores = await openStores(t);
  const authentication = new Authentication({ token: 'secret', failuresMax: 1000 });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}', rehearse });
  t.after(() => app.close());
  const ask = async (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) => {
    const response = await app.inject({
      method,
      url: `/admin/v1${path}`,
      headers: { authorization: 'Bearer secret' },
      ...(body ? { payload: body } : {}),
    });
    return { status: response.statusCode, body: response.json() as Body };
  };
  const refused = async (couponId: number, body: object = { users: 10 }) => {
    const { status, body: problem } = await ask('POST', `/coupons/${couponId}/rehearsals`, body);
    return [status, problem.code, problem.detail];
  };
  return { stores, ask, refused };
}

test('a coupon that was not made for it, or is not open, is refused before anything is asked', async (t) => {
  const { stores, ask, refused } = await openApi(t, target);
  const sale = await newCoupon(stores.database, 10);
  await preloadCoupon(stores, sale);
  const [status, code, detail] = await refused(sale);
  assert.deepEqual([status, code], [409, 'NOT_A_REHEARSAL']);
  assert.match(detail, /rehearsal: true \(coupon create --rehearsal\)/);
  assert.deepEqual((await refused(999)).slice(0, 2), [404, 'NOT_FOUND_COUPON']);

  const draft = await newCoupon(stores.database, 10, { rehearsal: true });
  assert.deepEqual(await refused(draft), [
    409,
    'STATE_CONFLICT',
    `A rehearsal needs an open coupon, and coupon ${draft} is draft`,
  ]);
  await preloadCoupon(stores, draft);
  // Open, and the server does not answer.
  assert.deepEqual((await refused(draft)).slice(0, 2), [503, 'NOT_READY']);
  await pauseCoupon(stores, { couponId: draft, actor: 'test' });
  assert.match((await refused(draft))[2], /is paused$/);
  await closeCoupon(stores, { couponId: draft, actor: 'test' }, 0);
  assert.match((await refused(draft))[2], /is closed$/);

  for (const body of refusedBodies) {
    assert.deepEqual((await refused(draft, body)).slice(0, 2), [422, 'VALIDATION_FAILED'], JSON.stringify(body));
  }
  assert.deepEqual((await ask('GET', `/coupons/${draft}/rehearsals`)).body, { rehearsals: [] });
  // Nothing began. Refusals are on record, as those of any move.
  const begun = await stores.database.query(
    "SELECT id FROM coupon_audit WHERE action = 'rehearse' AND result <> 'REFUSED'",
  );
  assert.deepEqual(begun, []);
});

test('users who sign can not be rehearsed with here, and the answer names the command that can', async (t) => {
  for (const [identityMode, key] of [
    ['jwt', '--jwt-key KEY.pem'],
    ['hmac', '--hmac-key KEYS'],
  ] as const) {
    const { stores, refused } = await openApi(t, { ...target, identityMode });
    const id = await newCoupon(stores.database, 10, { rehearsal: true });
    await preloadCoupon(stores, id);
    const [status, code, detail] = await refused(id);
    assert.deepEqual([status, code], [409, 'STATE_CONFLICT']);
    assert.ok(detail.includes(`couponrush spike --coupon ${id} --users 10 ${key}`), detail);
  }
});

test('a rehearsal that this process does not know is 404, with what the audit table has of it', async (t) => {
  const { stores, ask } = await openApi(t, target);
  const { database } = stores;
  const couponId = await newCoupon(database, 10, { rehearsal: true });
  const entry = { actor: 'jin', action: 'rehearse', couponId, result: 'RECORDED' } as const;
  const [cut, ended] = [await recordAudit(database, entry), await recordAudit(database, entry)];
  await settleAudit(database, ended, 'APPLIED', 'PROVEN: all of it');
  const read = async (id: number) => (await ask('GET', `/coupons/${couponId}/rehearsals/${id}`)).body;
  assert.match((await read(cut)).detail, /until it restarts.*its end is unknown, so nothing is proven/);
  assert.match((await read(ended)).detail, /until it restarts.*PROVEN: all of it/);
  const unknown = await read(ended + 1);
  assert.deepEqual(
    [unknown.code, unknown.detail],
    ['NOT_FOUND', `There is no rehearsal ${ended + 1} of coupon ${couponId}`],
  );
  // The largest that openapi.json allows.
  assert.equal((await read(999_999_999_999_999)).code, 'NOT_FOUND');
});

test('a period report leaves rehearsals out, and the mark is shown and can not be edited', async (t) => {
  const { stores, ask } = await openApi(t, target);
  const body = { name: 'Trial', totalStock: 5, discountType: 'FIXED', discountAmount: 500, rehearsal: true };
  const created = await ask('POST', '/coupons', { ...body, preload: true });
  assert.deepEqual([created.status, created.body.rehearsal], [201, true]);
  const { id } = created.body;
  const plain = await ask('POST', '/coupons', { ...body, rehearsal: undefined });
  assert.equal(plain.body.rehearsal, false);
  assert.equal((await ask('GET', `/coupons/${id}`)).body.rehearsal, true);
  assert.deepEqual(
    (await ask('GET', '/coupons')).body.coupons.map((coupon: Body) => coupon.rehearsal),
    [false, true],
  );
  assert.equal((await ask('GET', '/status')).body.coupons[0].rehearsal, true);
  const edited = await ask('PATCH', `/coupons/${plain.body.id}`, { name: 'Sale', rehearsal: true });
  assert.deepEqual([edited.status, edited.body.code], [422, 'VALIDATION_FAILED']);
  const dry = await ask('POST', '/coupons', { ...body, dryRun: true });
  assert.equal(dry.body.coupon.rehearsal, true);

  for (const couponId of [id, plain.body.id]) {
    await stores.database.execute(
      `INSERT INTO user_coupon (coupon_id, user_id, sequence, name, discount_type, discount_amount, issued_at,
         persisted_at)
       VALUES (?, '7', 1, 'Trial', 'FIXED', 500, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
      [couponId],
    );
  }
  const day = 86_400_000;
  const period = `from=${new Date(Date.now() - day).toISOString()}&to=${new Date(Date.now() + day).toISOString()}`;
  const { coupons } = (await ask('GET', `/report?${period}`)).body;
  assert.deepEqual(
    coupons.map(({ couponId }: Body) => couponId),
    [plain.body.id],
  );
  assert.equal((await ask('GET', `/coupons/${id}/report`)).body.totals.issued, 1);
});

test('the command line marks a coupon, says so in words, and shows the mark in lists', async (t) => {
  const stores = await openStores(t);
  const cli = (...args: string[]) => runCli({ REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl }, ...args);
  const fields = ['--name', 'Trial', '--stock', '10', '--discount', '15%', '--yes'];
  const made = await cli('coupon', 'create', ...fields, '--rehearsal');
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^ +rehearsal +yes$/m);
  await newCoupon(stores.database, 10, { name: 'Sale' });
  const list = await cli('coupon', 'list');
  assert.match(list.stdout, /Trial \(rehearsal\)/);
  assert.doesNotMatch(list.stdout, /Sale \(rehearsal\)/);
});
