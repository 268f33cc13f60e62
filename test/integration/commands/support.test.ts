// Support and finance from the command line.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { verifyCoupon } from '../../../src/verify/verify.ts';
import { runCli } from '../../support/cli.ts';
import { decide, insertRows, newCoupon, numbers, openStores } from '../../support/coupon-stores.ts';
import { testFolder } from '../../support/folder.ts';

test('a ring of accounts is revoked from a file; support, finance and a user who wants to be erased', async (t) => {
  const stores = await openStores(t);
  const { database, redis } = stores;
  const id = await newCoupon(database, 3000, { name: '봄' });
  await insertRows(database, id, numbers(1, 1500));
  await database.execute("UPDATE user_coupon SET issued_at = '2026-03-31 23:30:00' WHERE sequence <= 10");
  await preloadCoupon(stores, id);
  const folder = testFolder('support');
  const cli = (...args: string[]) => runCli({ REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl }, ...args);
  const revoke = (file: string, ...args: string[]) =>
    cli('coupon', 'revoke', String(id), '--from', file, '--reason', 'a ring', ...args);

  const [bad, good] = [join(folder, 'bad'), join(folder, 'good')];
  writeFileSync(bad, `${numbers(1, 300).join('\n')}\nabc\n`);
  writeFileSync(good, `# of May\n${numbers(101, 1300).join('\r\n')}\n7777\n`);
  const refused = await revoke(bad, '--yes');
  assert.deepEqual([refused.code, refused.stdout], [2, '']);
  assert.match(refused.stderr, /nothing was changed: line 301: "abc"/);
  const preview = await revoke(good, '--dry-run');
  assert.equal(preview.code, 0, preview.stderr);
  assert.match(preview.stdout, /of 1201 users in the list, 1200 would be revoked, 0 were before, 1 do not hold it/);
  const count = async () =>
    Number(
      (await database.query<{ n: number }>("SELECT COUNT(*) AS n FROM user_coupon WHERE status = 'REVOKED'"))[0]?.n,
    );
  assert.equal(await count(), 0);
  const done = await revoke(good, '--yes', '--json');
  const { ok, revoked, notIssued } = JSON.parse(done.stdout);
  assert.deepEqual([done.code, ok, revoked, notIssued], [0, true, 1200, [7777]]);
  assert.equal(await count(), 1200);
  assert.equal((await verifyCoupon(stores, id, { mode: 'final' })).ok, true);

  const holder = await cli('coupon', 'holder', String(id), '102');
  assert.match(holder.stdout, /status +REVOKED\n.*revoked by +cli .*reason +a ring/s);
  await decide(redis, id, [4000]);
  const user = JSON.parse((await cli('user', 'show', '4000', '--json')).stdout);
  assert.deepEqual([user.coupons[0].status, user.coupons[0].sequence], ['PENDING', 1501]);

  const sheet = await cli('coupon', 'winners', String(id), '--excel', '--time-zone', 'Asia/Seoul');
  const lines = sheet.stdout.split('\r\n');
  assert.equal(lines[0]?.slice(0, 25), '\ufeffsequence,userId,state,co');
  assert.match(lines[0] as string, /issuedAt \(Asia\/Seoul\)/);
  assert.match(lines[1] as string, /^1,"=""1""",ISSUED,test,100,2026-04-01 08:30:00,/);
  assert.match(lines[102] as string, /^102,"=""102""",REVOKED,.*,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,a ring$/);
  assert.match(lines[1501] as string, /^1501,"=""4000""",PENDING,봄,/);

  const period = ['--from', '2026-04-01T00:00:00+09:00', '--to', '2026-04-01T09:00:00+09:00'];
  const csv = await cli('report', ...period, '--csv');
  assert.deepEqual(csv.stdout.split('\n').slice(0, 2), [
    'couponId,name,discountType,issued,used,lapsed,revoked,faceValueIssued,faceValueUsed,faceValueOpen',
    `${id},봄,FIXED,10,0,0,0,1000,0,1000`,
  ]);
  const page = join(folder, 'report.html');
  const report = await cli('coupon', 'report', String(id), '--html', page, '--json');
  assert.equal(JSON.parse(report.stdout).totals.revoked, 1200, report.stderr);
  assert.match(readFileSync(page, 'utf8'), /^<!doctype html>.*<svg.*revoked 1,200/s);

  const asked = await cli('user', 'erase', '5', '--reason', 'asked', '--even-open');
  assert.equal(
    asked.stderr,
    'couponrush: Erasing user 5 (in coupon 1 (test)) can not be undone. Repeat it with --yes to do so.\n',
  );
  const erased = await cli('user', 'erase', '5', '--reason', 'asked', '--even-open', '--yes');
  assert.match(erased.stdout, /User 5 is erased, in coupon 1 \(test\): 9006\d{12} stands in their place/);
  assert.equal((await cli('coupon', 'holder', String(id), '5', '--json')).code, 1);
});
