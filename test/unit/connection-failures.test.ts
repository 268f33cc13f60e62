// Errors of sockets and TLS become sentences that name the variable to correct. Their texts are those of Node 20 to 24.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeConnectionFailure, speaksNoTls, speaksTls } from '../../src/connection-failures.ts';
import { type StoreAddress, UnusableStore } from '../../src/unusable-store.ts';

const redis: StoreAddress = { store: 'Redis', variable: 'REDIS_URL', url: 'rediss://:secret@cache.example:6380/0' };
const mysql: StoreAddress = { store: 'MySQL', variable: 'MYSQL_URL', url: 'mysql://a:secret@[::1]/shop' };
const failed = (code: string | undefined, message: string, more: object = {}) =>
  Object.assign(new Error(message), code === undefined ? {} : { code }, more);

test('each failure of a connection has its sentence, for both stores', () => {
  const altnames = "Hostname/IP does not match certificate's altnames: Host: x. is not in the cert's altnames: DNS:y";
  const alert =
    '80FC:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert ' +
    'certificate required:../deps/x.c:1601:SSL alert number 116\n';
  const cases: [Error, RegExp, boolean][] = [
    [failed('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), /the connection was refused; is it running/, true],
    [failed('ENOTFOUND', 'getaddrinfo ENOTFOUND nope'), /its host name is not known here/, true],
    [failed('EAI_AGAIN', 'getaddrinfo EAI_AGAIN nope'), /its host name is not known here/, true],
    [failed('EHOSTUNREACH', 'connect EHOSTUNREACH'), /no route/, true],
    [failed('ETIMEDOUT', 'connect ETIMEDOUT'), /did not answer in time/, true],
    [failed(undefined, 'Command timed out'), /did not answer in time/, true],
    [failed('QUERY_TIMEOUT', 'no answer'), /did not answer in time/, true],
    [failed('ECONNRESET', 'read ECONNRESET'), /closed the connection/, true],
    [failed('PROTOCOL_CONNECTION_LOST', 'Connection lost'), /closed the connection/, true],
    [failed(undefined, 'Connection is closed.'), /closed the connection/, true],
    [failed('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'), /_CA_FILE to the/, false],
    [failed('HANDSHAKE_SSL_ERROR', 'self signed certificate'), /authority that is not known here/, false],
    [failed('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'), /authority that is/, false],
    [failed('ERR_TLS_CERT_ALTNAME_INVALID', altnames), /has a certificate for another name/, false],
    [failed('HANDSHAKE_SSL_ERROR', altnames), /has a certificate for another name/, false],
    [failed('CERT_HAS_EXPIRED', 'certificate has expired'), /not valid now/, false],
    [failed('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', alert), /demands a client certificate/, false],
    [failed('HANDSHAKE_NO_SSL_SUPPORT', 'Server does not support secure connection'), /does not speak TLS/, false],
    [
      failed('EPROTO', 'write EPROTO 80:error:0A:SSL routines::no protocols available:x.c'),
      /no way to speak TLS/,
      false,
    ],
    [failed('ENOENT', 'no such file', { syscall: 'open', path: '/ca.pem' }), /_CA_FILE \/ca\.pem can't be read/, false],
  ];
  for (const [error, expected, curable] of cases) {
    for (const address of [redis, mysql]) {
      const trouble = describeConnectionFailure(address, error);
      assert.match(trouble?.reason ?? '', expected, error.message);
      assert.equal(trouble?.curable, curable, error.message);
      assert.doesNotMatch(trouble?.reason ?? '', /\n/);
    }
  }
  assert.equal(describeConnectionFailure(redis, failed('ER_PARSE_ERROR', 'You have an error')), null);
});

test('TLS asked for and not spoken, and the reverse, name the beginning of the URL', () => {
  assert.match(speaksNoTls(redis).reason, /begin REDIS_URL with redis:\/\//);
  assert.match(speaksTls(mysql).reason, /begin MYSQL_URL with mysqls:\/\//);
});

test('the sentence names store, address and version, and never the password', () => {
  const trouble = { reason: 'is too old', curable: false };
  assert.equal(new UnusableStore(redis, '6.2.14', trouble).message, 'Redis at cache.example:6380 (6.2.14) is too old');
  assert.equal(new UnusableStore(mysql, null, trouble).message, 'MySQL at [::1]:3306 is too old');
  assert.doesNotMatch(String(new UnusableStore(mysql, null, trouble)), /secret/);
});
