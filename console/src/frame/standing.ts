// Whether coupons are issued, as the header says it: the worst that is known.
import type { Look } from '../live-look.ts';

type Seen = Pick<Look, 'redis' | 'mysql' | 'gate' | 'refusal'>;

const GATES = {
  open: { tone: 'good', text: 'frame.gate-open' },
  rebuilding: { tone: 'bad', text: 'frame.gate-rebuilding' },
  shut: { tone: 'bad', text: 'frame.gate-shut' },
  unknown: { tone: 'bad', text: 'frame.gate-unknown' },
} as const satisfies Record<Look['gate'], { readonly tone: 'good' | 'bad'; readonly text: string }>;

/** @param look null: none came yet. @param isFresh whether the stream is open, and the look of now */
export function standingOf(look: Seen | null, isFresh: boolean) {
  if (look === null) return { tone: 'quiet', text: 'frame.connecting' } as const;
  if (!isFresh) return { tone: 'bad', text: 'frame.disconnected' } as const;
  // The reason comes first: that a store is not asked is only its consequence.
  if (look.refusal !== null) return { tone: 'bad', text: 'frame.refusalShort' } as const;
  if (look.redis === 'unreachable') return { tone: 'bad', text: 'frame.redisDown' } as const;
  if (look.gate !== 'open') return GATES[look.gate];
  if (look.mysql === 'unreachable') return { tone: 'note', text: 'frame.mysqlDown' } as const;
  return GATES.open;
}
