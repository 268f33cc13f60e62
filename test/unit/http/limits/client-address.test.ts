import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientAddresses, parseRanges } from '../../../../src/http/limits/client-address.ts';

const addresses = new ClientAddresses(parseRanges(['10.0.0.0/8', '192.168.1.1', 'fd00::/8']));

for (const [what, peer, forwardedFor, expected] of [
  ['a direct client', '203.0.113.7', undefined, '203.0.113.7'],
  ['a direct client that pretends', '203.0.113.7', '1.1.1.1', '203.0.113.7'],
  ['a client behind a proxy', '10.1.2.3', '203.0.113.7', '203.0.113.7'],
  ['a client behind two proxies', '10.1.2.3', '203.0.113.7, 192.168.1.1', '203.0.113.7'],
  ['a client behind a proxy that pretends', '10.1.2.3', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
  ['an untrusted proxy in between', '10.1.2.3', '1.1.1.1, 198.51.100.9, 10.0.0.1', '198.51.100.9'],
  ['only proxies', '10.1.2.3', '10.0.0.2, 10.0.0.1', '10.0.0.2'],
  ['a proxy that names nobody', '10.1.2.3', '', '10.1.2.3'],
  ['nonsense left of a proxy', '10.1.2.3', "'; DROP, 10.0.0.1", '10.0.0.1'],
  ['an obfuscated client', '10.1.2.3', '1.1.1.1, unknown', '10.1.2.3'],
  ['a port', '10.1.2.3', '203.0.113.7:4711', '203.0.113.7'],
  ['IPv6 in brackets with a port', '10.1.2.3', '[2001:db8:1:2:3::9]:4711', '2001:db8:1:2::/64'],
  ['IPv6', '2001:db8:1:2:ffff::1', undefined, '2001:db8:1:2::/64'],
  ['IPv6 behind an IPv6 proxy', 'fd00::1', '2001:db8::5', '2001:db8:0:0::/64'],
  ['IPv4 in the clothes of IPv6', '::ffff:203.0.113.7', undefined, '203.0.113.7'],
  ['a proxy in the clothes of IPv6', '::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['an octal address', '10.1.2.3', '0177.0.0.1', '10.1.2.3'],
  ['no address at all', '', '1.1.1.1', 'unknown'],
] as const) {
  test(`${what} is counted as ${expected}`, () => {
    assert.equal(addresses.keyOf(peer, forwardedFor), expected);
  });
}
