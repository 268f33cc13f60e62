// Named operators: a file with one line each, of a name, a role, and the SHA-256 of the token. A token is 256 random
// bits, so its plain hash can't be searched for. A slow hash, made for passwords, would make wrong tokens expensive for
// the server.
import { createHash, randomBytes } from 'node:crypto';
import { type Role, roles } from './principal.ts';

export interface Operator {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
}

/** A sentence that names the line. */
export class OperatorsError extends Error {
  override name = 'OperatorsError';
}

/** I6: each request is compared with all of them. */
export const OPERATORS_MAX = 500;
const NAME = /^[\w.@+-]{1,64}$/;
export const NAME_MEANING = '1 to 64 letters, digits, or any of . _ @ + -';
const HASH = /^sha256:([0-9a-f]{64})$/;
const TOKEN_BYTES = 32;

/**
 * @param path for sentences
 * @throws OperatorsError for the first bad line: nothing of such a file counts
 */
export function parseOperators(text: string, path: string): Operator[] {
  const operators: Operator[] = [];
  const seen = new Map<string, number>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/);
    if (line.trim() === '' || words[0]?.startsWith('#')) continue;
    const number = index + 1;
    const refuse = (problem: string): never => {
      throw new OperatorsError(`line ${number} of ${path} ${problem}`);
    };
    const [name = '', role = '', hash = ''] = words;
    if (words.length !== 3) refuse('must be a name, a role, and sha256:<hash>');
    if (!isOperatorName(name)) refuse(`has a name that is not ${NAME_MEANING}`);
    if (!isRole(role)) return refuse(`has a role that is none of ${roles.join(', ')}`);
    const hex = HASH.exec(hash)?.[1] ?? refuse('has a hash that is not sha256: and 64 hex digits');
    for (const key of [name, hex]) {
      const other = seen.get(key);
      if (other !== undefined) refuse(`repeats the ${key === name ? 'name' : 'token'} of line ${other}`);
      seen.set(key, number);
    }
    operators.push({ name, role, hash: Buffer.from(hex, 'hex') });
    if (operators.length > OPERATORS_MAX) refuse(`is one too many: ${OPERATORS_MAX} operators at most`);
  }
  return operators;
}

export function isOperatorName(text: string): boolean {
  return NAME.test(text);
}

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** @returns the token, for its owner only, and the line for the file */
export function newOperator(name: string, role: Role): { readonly token: string; readonly line: string } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, line: `${name} ${role} sha256:${hashOf(token).toString('hex')}` };
}
