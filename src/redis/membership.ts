// lua/memberships.lua from TypeScript: its keys, and its reply.
import { couponKeys } from './keys.ts';

const kinds = {
  /** The coupon is not loaded. */
  a: 'absent',
  h: 'holder',
  v: 'revoked',
  n: 'not-holder',
  /** Not a holder, but holders and numbers do not match: someone changed them. */
  i: 'incomplete',
} as const;

export type MembershipKind = (typeof kinds)[keyof typeof kinds];

/** In the order of the script. */
export function membershipKeys(couponId: number): string[] {
  const { stock, holders, meta, revoked } = couponKeys(couponId);
  return [stock, holders, meta, revoked];
}

export interface MembershipsReply {
  /** The coupon's history (docs/decisions/gate.md); 0: not known. */
  readonly epoch: number;
  /** One for each user, in their order. */
  readonly kinds: readonly MembershipKind[];
}

/** @throws if the reply is not one of the script: the script and this file have parted */
export function readMemberships(reply: unknown, userCount: number): MembershipsReply {
  if (Array.isArray(reply)) {
    const [epoch, codes] = reply as unknown[];
    if (typeof codes === 'string' && codes.length === userCount) {
      return { epoch: Number(epoch), kinds: Array.from(codes, (code) => kinds[code as keyof typeof kinds]) };
    }
  }
  throw new Error(`lua/memberships.lua answered something unknown: ${JSON.stringify(reply)?.slice(0, 200)}`);
}
