// The roles and what each may do, as the API itself says it: its least role, operation by operation.
import { type Operations, operations, type Role } from '../../api-types.ts';

/** Each may do what those before it may. */
export const ROLES: readonly Role[] = ['viewer', 'support', 'operator', 'admin'];

export interface RoleGroup {
  /** The least role that may. */
  readonly from: Role;
  readonly actions: readonly (keyof Operations)[];
}

export function groupsOfActions(): RoleGroup[] {
  const all = Object.entries(operations) as [keyof Operations, readonly [string, string, Role | null]][];
  return ROLES.map((from) => ({
    from,
    actions: all.filter(([, [, , least]]) => (least ?? 'viewer') === from).map(([id]) => id),
  }));
}

export function allows(role: Role, from: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(from);
}
