// Slips of the hand at the command line: what is given, what is answered, and that nothing comes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../../support/cli.ts';
import { openStores } from '../../support/coupon-stores.ts';

test('slips are asked about or refused, and a dry run changes nothing', async (t) => {
  const stores = await openStores(t);
  const env = {
    REDIS_URL: stores.server.url,
    MYSQL_URL: stores.mysqlUrl,
    COUPONRUSH_TIME_ZONE: 'Asia/Seoul',
    COUPONRUSH_CURRENCY: 'KRW',
  };
  const cli = (...args: string[]) => runCli(env, ...args);
  const create = ['coupon', 'create', '--name', '봄 세일', '--stock', '5000'];
  const drafts = async () => (await stores.database.query('SELECT id FROM coupon')).length;

  const past = await cli(...create, '--discount', '15%', '--opens-at', '2026-11-01T10:00:00+09:00');
  assert.equal(past.code, 1);
  assert.match(
    past.stderr,
    /^couponrush: --opens-at 2026-11-01T10:00:00\+09:00 is \d+ d ago: .* Is the offset right\? .* --open-now\n$/,
  );
  // 15 and not 15%: without a terminal it is not done.
  const small = await cli(...create, '--discount', '15', '--opens-at', '+2h');
  assert.equal(small.code, 2);
  assert.match(small.stderr, /15 South Korean won off/);
  assert.match(small.stderr, /was a percentage meant\? Repeat it with --yes/);
  const dry = await cli(...create, '--discount', '15', '--opens-at', '2099-01-01T10:00:00+09:00', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^Nothing is changed\. It would be, as DRAFT:/);
  assert.match(dry.stdout, /name +봄 세일\n +stock +5,000\n +discount +15 South Korean won off\n/);
  assert.match(dry.stdout, /opens at +2099-01-01T10:00:00\+09:00 \(in \d+ d\)\n/);
  assert.equal(await drafts(), 0);

  const made = await cli(...create, '--discount', '15', '--opens-at', '+2h', '--yes', '--time-zone', 'Europe/Berlin');
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^Coupon 1 is created, DRAFT\.\n[\s\S]*opens at +\S+\+0[12]:00 \(in 2 h\)/);
  const edit = await cli('coupon', 'edit', '1', '--discount', '20', '--json');
  assert.deepEqual([edit.code, JSON.parse(edit.stdout).ok], [2, false]);
  const edited = await cli('coupon', 'edit', '1', '--discount', '2000');
  assert.match(edited.stdout, /changed, version 1\.\n[\s\S]*2,000 South Korean won off/);

  assert.equal(
    (await cli('coupon', 'preload', '1', '--dry-run')).stdout,
    'Nothing is changed. Coupon 1 "봄 세일" (5,000 of 5,000 left) would be OPEN, version 2.\n',
  );
  assert.equal((await cli('coupon', 'preload', '1')).code, 0);
  const tooMuch = await cli('coupon', 'restock', '1', '--total', '900000');
  assert.equal(tooMuch.code, 2);
  assert.match(tooMuch.stderr, /stock of 900,000, .*is there a digit too many\? Repeat it with --yes/s);
  const restocked = await cli('coupon', 'restock', '1', '--add', '5000');
  assert.match(restocked.stdout, /^Coupon 1 has a stock of 10,000; 10,000 are left/);
  const meant = JSON.parse((await cli('coupon', 'restock', '1', '--total', '90000', '--yes', '--json')).stdout);
  assert.deepEqual([meant.ok, meant.coupon.totalStock, meant.coupon.left], [true, 90_000, 90_000]);

  for (const move of ['pause', 'close', 'restock']) {
    const more = move === 'restock' ? ['--add', '1'] : [];
    const tried = await cli('coupon', move, '1', ...more, '--dry-run', '--json');
    const { ok, dryRun, changed } = JSON.parse(tried.stdout);
    assert.deepEqual([tried.code, ok, dryRun, changed], [0, true, true, true], `${move}: ${tried.stdout}`);
  }
  const shown = await cli('coupon', 'show', '1');
  assert.match(shown.stdout, /phase +scheduled\nstate +OPEN\n/);
  assert.match(shown.stdout, /T\d\d:\d\d:\d\d\+09:00 +restock +APPLIED +totalStock 10000 → 90000, stock/);
  assert.match((await cli('rebuild', '1', '--dry-run')).stdout, /^Nothing is changed[\s\S]*Redis and MySQL agree/);
  assert.match((await cli('migrate', '--dry-run')).stdout, /^The schema is up to date/);
  const utc = JSON.parse((await cli('coupon', 'show', '1', '--json')).stdout);
  assert.match(utc.opensAt, /Z$/);
  assert.deepEqual([utc.expiresAt, utc.expiredAt, utc.left, utc.stock], [null, null, 90_000, 90_000]);
});
