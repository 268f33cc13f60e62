// Figures come by the stream alone; lists are read once after a move, and not on a timer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { whyNoBrowser } from '../../support/browser.ts';
import { openConsole, type Visit } from '../../support/console.ts';

const skip = whyNoBrowser() ?? false;
/** Longer than any timer that a page had. */
const REST_MS = 12_000;
/** A look notices a move within a second, and the page reads at once. */
const SETTLED_MS = 4000;

/** Requests of the page from now on, but for the stream: `GET /coupons?state=OPEN`. */
function requestsOf({ page }: Visit): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    const path = pathname.replace('/admin/v1', '');
    if (pathname.startsWith('/admin/v1/') && path !== '/live') asked.push(`${request.method()} ${path}${search}`);
  });
  return asked;
}

test('at rest and in a rush a page asks for nothing, and after a move for each list once', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 100, coupon: { name: 'Sale' } });
  const { couponId, app } = shown.scene;
  const issue = async (from: number, count: number) => {
    for (let user = from; user < from + count; user += 1) {
      const headers = { 'Commerce-User-Id': String(user) };
      await fetch(`${app.url}/api/v2/me/coupons/${couponId}/issue`, { method: 'POST', headers });
    }
  };
  const visit = await shown.logIn('admin');
  await visit.open('/');
  await visit.says('Sale');
  await sleep(SETTLED_MS);
  const asked = requestsOf(visit);
  await issue(1, 7);
  await visit.says('93');
  await sleep(REST_MS);
  assert.equal(asked.join(', '), '', 'Events: figures need no reading');

  await shown.api('POST', '/coupons', { name: 'Later', totalStock: 5, discountType: 'PERCENT', discountAmount: 10 });
  await visit.says('Later');
  await sleep(SETTLED_MS);
  assert.deepEqual(
    asked.map((line) => /state=(\w+)/.exec(line)?.[1]).sort(),
    ['ARCHIVED', 'CLOSED', 'DRAFT', 'OPEN', 'PAUSED'],
    `each list once: ${asked}`,
  );

  await visit.open(`/coupons/${couponId}`);
  await sleep(SETTLED_MS);
  asked.length = 0;
  await issue(8, 3);
  await visit.says('90');
  await sleep(REST_MS);
  assert.equal(asked.join(', '), '', 'Rush: figures need no reading');
  await shown.api('POST', `/coupons/${couponId}/pause`, { reason: 'a look at something' });
  await visit.says('a look at something');
  await sleep(SETTLED_MS);
  const ofCoupon = asked.filter((line) => line === `GET /coupons/${couponId}`);
  const ofAudit = asked.filter((line) => line.startsWith('GET /audit'));
  // A pause is on record before it is in effect: its record changes once more.
  assert.ok(ofCoupon.length >= 1 && ofCoupon.length <= 2, `${asked}`);
  assert.ok(ofAudit.length >= 1 && ofAudit.length <= 3, `${asked}`);
  assert.equal(asked.length, ofCoupon.length + ofAudit.length, 'and nothing else');
});
