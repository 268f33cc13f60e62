// How the users of a spike prove who they are, by the server's IDENTITY_MODE: with `trust` by Commerce-User-Id alone,
// with `hmac` signed as a gateway does, with `jwt` by a token of their own. Signing is synchronous and happens before
// the burst: HMAC and ES256 take some 0.05 ms a user, RS256 about 1 ms.
import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { UserKey } from '../user-id.ts';

/** What the generator processes are given: texts, which a message can carry. */
export type Signing =
  | { readonly mode: 'trust' }
  | { readonly mode: 'hmac'; readonly keyId: string; readonly keyBase64: string }
  | ({ readonly mode: 'jwt'; readonly key: string } & TokenClaims);

export interface TokenClaims {
  readonly issuer: string;
  readonly audience: string;
  /** The claim that is the user id. */
  readonly userClaim: string;
}

export type Sign = (method: 'GET' | 'POST', path: string, user: UserKey) => Readonly<Record<string, string>>;

/** A key or file that can't sign; the message is for the person who gave it. */
export class SigningError extends Error {
  override name = 'SigningError';
}

export const trusted: Signing = { mode: 'trust' };

const TOKEN_SECONDS = 3600;
const SECRET_BYTES_MIN = 32;
const KEY_LINE = /^([\w-]{1,32})[ \t]+([A-Za-z0-9+/_-]+={0,2})$/;
/** Algorithm by type of the key. */
const algorithms: Readonly<Record<string, string>> = { rsa: 'RS256', ec: 'ES256', ed25519: 'EdDSA' };

/** @param text of a file as HMAC_KEYS_FILE: the first key signs. @throws SigningError */
export function hmacSigning(text: string): Signing {
  const [line = ''] = text.split(/\r?\n/).filter((each) => each.trim() !== '' && !each.startsWith('#'));
  const [, keyId, keyBase64] = KEY_LINE.exec(line.trim()) ?? [];
  if (keyId === undefined || keyBase64 === undefined) {
    throw new SigningError('its first line must be: <key id> <key in base64>, as in HMAC_KEYS_FILE');
  }
  if (Buffer.from(keyBase64, 'base64').length < SECRET_BYTES_MIN) {
    throw new SigningError(`key ${keyId} is shorter than ${SECRET_BYTES_MIN} bytes`);
  }
  return { mode: 'hmac', keyId, keyBase64 };
}

/** @param text a private key in PEM (RSA, P-256 or Ed25519), or the secret of HS256. @throws SigningError */
export function jwtSigning(text: string, claims: TokenClaims): Signing {
  const signing = { mode: 'jwt', key: text.trim(), ...claims } as const;
  createSign(signing);
  return signing;
}

/** @throws SigningError */
export function createSign(signing: Signing): Sign {
  switch (signing.mode) {
    case 'trust':
      return (_method, _path, user) => ({ 'Commerce-User-Id': String(user) });
    case 'hmac':
      return hmacSign(signing);
    case 'jwt':
      return jwtSign(signing);
    default:
      return signing satisfies never;
  }
}

function hmacSign({ keyId, keyBase64 }: Extract<Signing, { mode: 'hmac' }>): Sign {
  const key = Buffer.from(keyBase64, 'base64');
  return (method, path, user) => {
    const time = Math.floor(Date.now() / 1000);
    const mac = createHmac('sha256', key).update(`${method}\n${path}\n${user}\n${time}`).digest('hex');
    return { 'Commerce-User-Id': String(user), 'Commerce-Signature': `${keyId}.${time}.${mac}` };
  };
}

function jwtSign({ key, issuer, audience, userClaim }: Extract<Signing, { mode: 'jwt' }>): Sign {
  const { algorithm, signText } = readKey(key);
  const header = encode({ alg: algorithm, typ: 'JWT' });
  return (_method, _path, user) => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = encode({ [userClaim]: String(user), iss: issuer, aud: audience, iat, exp: iat + TOKEN_SECONDS });
    const text = `${header}.${claims}`;
    return { Authorization: `Bearer ${text}.${signText(text).toString('base64url')}` };
  };
}

const encode = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');

function readKey(text: string): { algorithm: string; signText: (text: string) => Buffer } {
  if (!text.startsWith('-----BEGIN')) return readSecret(text);
  const key = readPrivateKey(text);
  const algorithm = algorithms[key.asymmetricKeyType ?? ''];
  const { namedCurve = 'prime256v1' } = key.asymmetricKeyDetails ?? {};
  if (algorithm === undefined || namedCurve !== 'prime256v1') {
    throw new SigningError('its key is none of RSA (RS256), P-256 (ES256) and Ed25519 (EdDSA)');
  }
  const hash = algorithm === 'EdDSA' ? null : 'sha256';
  return {
    algorithm,
    signText: (content) => sign(hash, Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }),
  };
}

function readPrivateKey(pem: string): KeyObject {
  if (!pem.includes('PRIVATE KEY')) throw new SigningError('it has a public key: signing needs the private one');
  try {
    return createPrivateKey(pem);
  } catch {
    throw new SigningError('its PEM has no private key that can be read (one with a passphrase can not)');
  }
}

function readSecret(secret: string): { algorithm: string; signText: (text: string) => Buffer } {
  if (secret.startsWith('{'))
    throw new SigningError('it has JSON: a private key in PEM is needed, or a secret of HS256');
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN) {
    throw new SigningError(`it has neither a private key in PEM nor a secret of at least ${SECRET_BYTES_MIN} bytes`);
  }
  return { algorithm: 'HS256', signText: (text) => createHmac('sha256', secret).update(text).digest() };
}
