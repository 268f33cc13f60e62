// What a coupon does at a moment: the one place that says it. lua/issue.lua and lua/holders-page.lua decide by the same
// order, which a contract test compares: closed, past its window, paused, before its window, sold out, open.

/** `ended`: past closesAt, though no operator closed it. */
export type Phase = 'scheduled' | 'open' | 'sold-out' | 'paused' | 'ended' | 'closed';

export interface Standing {
  /** As Redis has it. */
  readonly state: 'open' | 'paused' | 'closed';
  /** Milliseconds since 1970, by Redis' clock; 0: no bound. */
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  /** How many can still be issued. */
  readonly left: number;
}

export function phaseAt({ state, opensAtMs, closesAtMs, left }: Standing, nowMs: number): Phase {
  if (state === 'closed') return 'closed';
  if (closesAtMs > 0 && nowMs >= closesAtMs) return 'ended';
  if (state === 'paused') return 'paused';
  if (nowMs < opensAtMs) return 'scheduled';
  return left <= 0 ? 'sold-out' : 'open';
}
