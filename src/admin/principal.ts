// Who asks, once the token is known.

export const roles = ['viewer', 'support', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who asks. */
export interface Principal {
  /** null: the holder of the one shared token. */
  readonly name: string | null;
  readonly role: Role;
  /** As the audit table shows it; null: by the address, and what X-Operator claims. */
  readonly actor: string | null;
}
