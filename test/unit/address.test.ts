import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareHost, baseUrl, hostAndPort, reachableHost } from '../../src/address.ts';

test('an IPv6 address stands in brackets in a URL, and without them as an argument', () => {
  assert.equal(hostAndPort('::1', 8080), '[::1]:8080');
  assert.equal(hostAndPort('[fe80::1]', 80), '[fe80::1]:80');
  assert.equal(hostAndPort('10.0.0.1', 1), '10.0.0.1:1');
  assert.equal(baseUrl({ host: '2001:db8::2', port: 443, tls: true }), 'https://[2001:db8::2]:443');
  assert.equal(baseUrl({ host: 'shop.example', port: 80, tls: false }), 'http://shop.example:80');
  for (const host of ['::1', '::', '10.0.0.1', 'shop.example', '2001:db8::2']) {
    const url = new URL(baseUrl({ host, port: 8080, tls: false }));
    assert.equal(bareHost(url.hostname), host);
  }
});

test('an address that stands for every one is asked on this machine', () => {
  assert.equal(reachableHost('0.0.0.0'), '127.0.0.1');
  for (const every of ['::', '[::]', '0:0:0:0:0:0:0:0', '::0']) assert.equal(reachableHost(every), '::1');
  for (const one of ['::1', '127.0.0.1', 'localhost', '10.0.0.0', '2001:db8::']) assert.equal(reachableHost(one), one);
});
