// The state machine of a coupon: what an operator may do in which state, and where it leads.
//
//                      pause ───────►
//   DRAFT ──preload──► OPEN        PAUSED
//     │                  ◄─────── resume
//     │                  │            │
//     │                  └───close────┴──► CLOSED ──archive──► ARCHIVED
//     └───────────────────archive─────────────────────────────►
//
//   DRAFT     in MySQL only; no user can be issued one. Preloaded manually, or by itself before opensAt.
//   OPEN      in Redis; within opensAt and closesAt, by Redis' clock, it is issued.
//   PAUSED    in Redis; no user is issued one.
//   CLOSED    for good: in Redis until the outbox is empty and the operator archives it.
//   ARCHIVED  in MySQL only, proven, for good.
//
// A move to the state that is already there changes nothing, so every move can be repeated after an unknown outcome.

import type { CouponState } from '../store/tables/coupons.ts';

const transitions = {
  /** Only before it opens, see edit.ts. */
  edit: { DRAFT: 'DRAFT', OPEN: 'OPEN', PAUSED: 'PAUSED' },
  preload: { DRAFT: 'OPEN' },
  pause: { OPEN: 'PAUSED' },
  resume: { PAUSED: 'OPEN' },
  restock: { OPEN: 'OPEN', PAUSED: 'PAUSED' },
  revoke: { OPEN: 'OPEN', PAUSED: 'PAUSED', CLOSED: 'CLOSED', ARCHIVED: 'ARCHIVED' },
  /** Of one user: a pseudonym takes their place. A draft has no users. */
  erase: { OPEN: 'OPEN', PAUSED: 'PAUSED', CLOSED: 'CLOSED', ARCHIVED: 'ARCHIVED' },
  close: { OPEN: 'CLOSED', PAUSED: 'CLOSED' },
  archive: { DRAFT: 'ARCHIVED', CLOSED: 'ARCHIVED' },
} as const satisfies Record<string, Partial<Record<CouponState, CouponState>>>;

export type Move = keyof typeof transitions;
export const moves = Object.keys(transitions) as Move[];

/** Where a move has nothing to do any more. */
const goals: Partial<Record<Move, readonly CouponState[]>> = {
  preload: ['OPEN', 'PAUSED', 'CLOSED'],
  pause: ['PAUSED'],
  resume: ['OPEN'],
  close: ['CLOSED', 'ARCHIVED'],
  archive: ['ARCHIVED'],
};

export type Plan =
  | { readonly kind: 'go'; readonly to: CouponState }
  | { readonly kind: 'already' }
  | { readonly kind: 'refused' };

export function planMove(move: Move, from: CouponState): Plan {
  if (goals[move]?.includes(from)) return { kind: 'already' };
  const to = (transitions[move] as Partial<Record<CouponState, CouponState>>)[from];
  return to === undefined ? { kind: 'refused' } : { kind: 'go', to };
}

/** The states in which a move can be made, for the sentence that refuses it. */
export function statesFor(move: Move): CouponState[] {
  return Object.keys(transitions[move]) as CouponState[];
}
