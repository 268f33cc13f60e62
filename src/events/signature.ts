// The signature of a webhook, as Stripe makes it: `t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body" in hex>`. One v1
// for each secret, so that a secret can be replaced: the receiver accepts any that it knows.
import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'couponrush-signature';

/** @param nowMs the receiver refuses a signature that is older than some minutes: each try has one of its own */
export function signatureOf(body: string, secrets: readonly string[], nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const sign = (secret: string) => createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return [`t=${seconds}`, ...secrets.map((secret) => `v1=${sign(secret)}`)].join(',');
}
