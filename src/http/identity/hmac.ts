// Mode `hmac`: a gateway signs each request with a key that it shares with us.
//
//   Commerce-User-Id: 42
//   Commerce-Signature: <key id>.<unix seconds>.<hex of HMAC-SHA256 over method LF path LF user LF unix seconds>
//
// The path has no query. A signature holds for 30 s before and after its time; a copy sent within that time has no
// other effect than the original, since a user gets a coupon once. Two keys can live at a time, so that one can replace
// the other.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isUserId, USER_ID_MEANING } from '../../user-id.ts';
import { type Identifier, IdentityError, refused } from './identity.ts';

const WINDOW_SECONDS = 30;
const KEYS_MAX = 2;
const KEY_BYTES_MIN = 32;
const SIGNATURE = /^([\w-]{1,32})\.([1-9]\d{0,11})\.([0-9a-f]{64})$/;
const KEY_LINE = /^([\w-]{1,32})[ \t]+([A-Za-z0-9+/_-]+={0,2})$/;

/**
 * Keys by id. One line for each: the id, a space, and the key in base64.
 * @throws IdentityError
 */
export function parseHmacKeys(text: string): ReadonlyMap<string, Buffer> {
  const keys = new Map<string, Buffer>();
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  for (const line of lines) {
    const [, id, base64] = KEY_LINE.exec(line.trim()) ?? [];
    if (id === undefined || base64 === undefined)
      throw new IdentityError('each line must be: <key id> <key in base64>');
    const key = Buffer.from(base64, 'base64');
    if (key.length < KEY_BYTES_MIN) throw new IdentityError(`key ${id} is shorter than ${KEY_BYTES_MIN} bytes`);
    if (keys.has(id)) throw new IdentityError(`key ${id} is there twice`);
    keys.set(id, key);
  }
  if (keys.size < 1 || keys.size > KEYS_MAX) throw new IdentityError(`there must be 1 to ${KEYS_MAX} keys`);
  return keys;
}

export function hmacIdentifier(keys: ReadonlyMap<string, Buffer>, nowMs: () => number = Date.now): Identifier {
  return {
    challenge: 'Commerce-Signature',
    expects: `Commerce-User-Id must be ${USER_ID_MEANING}, Commerce-Signature one of the form id.time.hex`,
    identify(headers, method, request) {
      if (headers.identityAmbiguous) return refused('malformed', 'repeated');
      const { user, signature } = headers;
      if (user === undefined || signature === undefined) return refused('missing', 'missing');
      const [, keyId = '', time = '', mac = ''] = SIGNATURE.exec(signature) ?? [];
      if (mac === '') return refused('malformed', 'malformed');
      if (!isUserId(user)) return refused('malformed', 'bad_user_id');
      const key = keys.get(keyId);
      if (!key) return refused('invalid', 'unknown_key');
      const ageSeconds = nowMs() / 1000 - Number(time);
      if (ageSeconds > WINDOW_SECONDS) return refused('invalid', 'expired');
      if (ageSeconds < -WINDOW_SECONDS) return refused('invalid', 'not_yet_valid');
      const expected = createHmac('sha256', key)
        .update(signedText(method, request.getUrl(), user, time))
        .digest();
      return timingSafeEqual(expected, Buffer.from(mac, 'hex'))
        ? { userId: user }
        : refused('invalid', 'bad_signature');
    },
  };
}

export function signedText(method: string, path: string, user: string, time: string): string {
  return `${method}\n${path}\n${user}\n${time}`;
}
