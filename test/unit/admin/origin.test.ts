import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originOf } from '../../../src/admin/origin.ts';

test('a page of the host that is asked is the same origin, whatever its scheme and however its port is written', () => {
  for (const [origin, host] of [
    ['http://127.0.0.1:8081', '127.0.0.1:8081'],
    ['http://[::1]:8081', '[::1]:8081'],
    ['https://console.shop.example', 'console.shop.example'],
    ['https://console.shop.example', 'Console.Shop.example:443'],
    ['http://console.shop.example', 'console.shop.example:80'],
  ] as const) {
    assert.equal(originOf({ origin, host }), 'same', origin);
  }
});

test('any other page is not, and neither is an origin that is none', () => {
  const host = 'console.shop.example:8081';
  for (const origin of [
    ...[
      'null',
      '',
      'http://',
      'http://evil.example',
      'http://console.shop.example',
      'http://console.shop.example:80810',
    ],
    ...[
      'http://console.shop.example:8081.evil.example',
      'http://evil.example/console.shop.example:8081',
      `x://${host}`,
    ],
    ...[
      `http://${host}@evil.example`,
      `http://user@${host}`,
      `http://${host}/`,
      host,
      'http://console.shop.example:99999',
    ],
  ]) {
    assert.equal(originOf({ origin, host }), 'other', origin);
    assert.equal(originOf({ origin, host, 'sec-fetch-site': 'same-origin' }), 'other', origin);
  }
  assert.equal(originOf({ origin: 'http://shop.example' }), 'other');
});

test('a browser that says that the page is of another origin is believed, whatever Origin says', () => {
  // As a page of http://console.shop.example is to https://console.shop.example: Host does not tell them apart.
  const [origin, host] = ['http://console.shop.example', 'console.shop.example'];
  for (const site of ['cross-site', 'same-site', 'none', '']) {
    assert.equal(originOf({ origin, host, 'sec-fetch-site': site }), 'other', site);
  }
  assert.equal(originOf({ origin, host, 'sec-fetch-site': 'same-origin' }), 'same');
});

test('without an origin the browser may say that the page is of the same one', () => {
  const host = '127.0.0.1:8081';
  assert.equal(originOf({ host, 'sec-fetch-site': 'same-origin' }), 'same');
  for (const site of ['cross-site', 'same-site', 'none', '']) {
    assert.equal(originOf({ host, 'sec-fetch-site': site }), 'other', site);
  }
  assert.equal(originOf({ host }), 'unknown');
});
