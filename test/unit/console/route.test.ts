import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkTo, parseRoute, paths } from '../../../console/src/route.ts';

test('a link leads to the page that it was made for, with what stands in it', () => {
  const texts: Readonly<Record<string, string>> = { couponId: '12', userId: 'a/b ü#?%' };
  for (const page of Object.keys(paths) as (keyof typeof paths)[]) {
    const route = parseRoute(linkTo(page, texts, { q: 'a b&c=d', before: 7 }));
    assert.equal(route?.page, page);
    for (const [name, value] of Object.entries(route?.params ?? {})) assert.equal(value, texts[name]);
    assert.equal(route?.query.get('q'), 'a b&c=d');
    assert.equal(route?.query.get('before'), '7');
  }
});

test('an address without a page is none, also a malformed one', () => {
  assert.equal(parseRoute('')?.page, 'events');
  assert.equal(parseRoute('#/')?.page, 'events');
  for (const hash of ['#/nothing', '#/coupons', '#/coupons/0', '#/coupons/x', '#/coupons/1/2', '#/users/%E0%A4%A']) {
    assert.equal(parseRoute(hash), null, hash);
  }
});
