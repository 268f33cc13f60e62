import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { signatureOf } from '../../../src/events/signature.ts';
import { retryMs } from '../../../src/events/webhook-sender.ts';
import { verifySignature } from '../../support/event-receiver.ts';

const BODY = '{"events":[{"id":1}],"cursor":1}';
const SECRET = 'whsec_0123456789abcdef';
const AT_MS = 1_800_000_000_999;

test('the signature is that of `time.body`, in whole seconds', () => {
  // Computed by `printf '1800000000.%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET"`.
  const expected = createHmac('sha256', SECRET).update(`1800000000.${BODY}`).digest('hex');
  assert.equal(signatureOf(BODY, [SECRET], AT_MS), `t=1800000000,v1=${expected}`);
});

test('while a secret is replaced, a receiver with either of them accepts it, and no other', () => {
  const signature = signatureOf(BODY, [SECRET, 'the-next-secret-0123'], AT_MS);
  assert.ok(verifySignature(BODY, signature, SECRET, AT_MS));
  assert.ok(verifySignature(BODY, signature, 'the-next-secret-0123', AT_MS));
  assert.ok(!verifySignature(BODY, signature, 'another-secret-01234', AT_MS));
});

test('a changed body, a changed time and an old signature are not accepted', () => {
  const signature = signatureOf(BODY, [SECRET], AT_MS);
  assert.ok(!verifySignature(`${BODY} `, signature, SECRET, AT_MS));
  assert.ok(!verifySignature(BODY, signature.replace('t=1800000000', 't=1800000001'), SECRET, AT_MS));
  assert.ok(!verifySignature(BODY, signature, SECRET, AT_MS + 301_000));
});

test('the pause before the next try grows from half a second to half a minute', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 1000].map((failures) => retryMs(failures, () => 1)),
    [500, 1000, 2000, 30_000, 30_000],
  );
  assert.equal(
    retryMs(1, () => 0),
    250,
  );
});
