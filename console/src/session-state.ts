// Who is logged in. The token itself is not kept: the session is a cookie that no script can read.
import { signal } from '@preact/signals';
import { type Operations, operations, type Role } from './api-types.ts';

export type Session = Operations['readSession']['answer'];

/** undefined: not known yet. null: logged out. */
export const session = signal<Session | null | undefined>(undefined);
/** A session ended that this page had: the login stands over the page, so that nothing typed is lost. */
export const ended = signal(false);
/** With the shared token: the name that an operator gave for the audit table. */
export const givenName = signal('');

const NAME = /^[A-Za-z0-9_.@+-]{1,64}$/;

export function isOperatorName(text: string): boolean {
  return NAME.test(text);
}

/** What X-Operator says; null: the token says who it is, or no name was given. */
export function operatorName(): string | null {
  const current = session.peek();
  return current && current.operator === null && isOperatorName(givenName.peek()) ? givenName.peek() : null;
}

export function endSession(): void {
  if (session.peek()) ended.value = true;
  session.value = null;
}

const RANK: readonly Role[] = ['viewer', 'support', 'operator', 'admin'];

/** Whether the server lets this role use the operation. The page only follows: the server decides again. */
export function may(id: keyof Operations): boolean {
  const least = operations[id][2];
  const role = session.value?.role;
  if (least === null) return true;
  return role !== undefined && RANK.indexOf(role) >= RANK.indexOf(least);
}

/** The least role that may use it, for a sentence that says why a button does not work. */
export function neededRole(id: keyof Operations): Role {
  return operations[id][2] ?? 'viewer';
}
