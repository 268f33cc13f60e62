// What the spike command and its generator processes say to each other.
import type { Attempt } from '../history/attempt.ts';

/** Everybody in `users` asks at once, each on a connection of their own. A user who is in it twice asks twice. */
export interface BurstOrder {
  readonly url: string;
  readonly couponId: number;
  readonly users: readonly number[];
  readonly timeoutSeconds: number;
}

export type FromGenerator =
  | { readonly kind: 'ready' }
  /** The last answer is there; its record follows. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'record'; readonly attempts: readonly Attempt[] };
