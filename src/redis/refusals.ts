// What a Redis that answers refuses, by the text of its reply: the only place that knows these texts for the check at
// the start. Pure.
import { type StoreAddress, type Trouble, userOf } from '../unusable-store.ts';

interface Refusal {
  readonly pattern: RegExp;
  readonly curable: boolean;
  readonly reason: (address: StoreAddress, reply: string) => string;
}

const RIGHTS = 'give it the rights in deploy/redis-users.acl';

const refusals: readonly Refusal[] = [
  {
    pattern: /^WRONGPASS|^ERR invalid password/,
    curable: false,
    reason: ({ variable, url }) =>
      `refuses ${userName(url)}: the password in ${variable} is wrong, or there is no such user, or it is disabled`,
  },
  {
    pattern: /^NOAUTH|^ERR operation not permitted/,
    curable: false,
    reason: ({ variable }) => `wants a password: put it into ${variable}, as in redis://user:password@host:port`,
  },
  {
    pattern: /^DENIED/,
    curable: false,
    reason: () => 'is in protected mode, which accepts this machine only: give its users passwords',
  },
  {
    pattern: /^NOPERM/,
    curable: false,
    reason: ({ url }, reply) => `gives ${userName(url)} too few rights (${reply}): ${RIGHTS}`,
  },
  {
    pattern: /^(LOADING|MASTERDOWN)/,
    curable: true,
    reason: () => 'is still loading its data',
  },
  {
    pattern: /^BUSY/,
    curable: true,
    reason: () => 'is busy with a script that does not end',
  },
  {
    pattern: /max number of clients/,
    curable: true,
    reason: () => 'has no connection left: raise its maxclients, or end other clients',
  },
  {
    pattern: /^ERR unknown command/,
    curable: false,
    reason: (_, reply) => `lacks a command that couponrush needs (${reply}): allow it, or use another Redis`,
  },
  {
    pattern: /^ERR Error compiling script|^ERR Could not find engine|^ERR Unexpected flag/,
    curable: false,
    reason: (_, reply) => `can't run scripts of Redis 7 (${reply}): use another Redis`,
  },
  {
    pattern: /Unknown RESP type|Protocol error/,
    curable: false,
    reason: ({ variable }) => `is not a Redis: another service answers at the address in ${variable}`,
  },
];

/** @returns null for what is no reply of this kind */
export function describeRefusal(address: StoreAddress, error: unknown): Trouble | null {
  const reply = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string;
  const found = refusals.find(({ pattern }) => pattern.test(reply));
  return found ? { reason: found.reason(address, reply), curable: found.curable } : null;
}

/** @param denied command lines that the user may not run */
export function describeMissingRights({ url }: StoreAddress, denied: readonly string[]): Trouble {
  const shown = denied.slice(0, 3).join(', ');
  const more = denied.length > 3 ? ` and ${denied.length - 3} more` : '';
  return { reason: `gives ${userName(url)} too few rights (not allowed: ${shown}${more}): ${RIGHTS}`, curable: false };
}

function userName(url: string): string {
  return `user "${userOf(url) || 'default'}"`;
}
