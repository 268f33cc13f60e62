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

/** The sentence that refuses a move: the states in which it can be made, and what else stops a draft. */
export function stateConflict(move: Move, from: CouponState): string {
  const needed = `${move} needs a coupon that is ${Object.keys(transitions[move]).join(' or ')}; this one is ${from}`;
  if (move !== 'pause' || from !== 'DRAFT') return needed;
  return `${needed}. To stop it, edit its opening time, preload it and pause it, or archive it`;
}
