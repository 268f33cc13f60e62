// What the spike command and its generator processes say to each other: an order, `prepared`, `go`, then the outcome.
import type { Attempt } from '../history/attempt.ts';
import type { UserKey } from '../user-id.ts';
import type { Signing } from './signature.ts';

/** Each of `users` asks at once, on a connection of their own. A user who is in it twice asks twice. */
export interface BurstOrder {
  readonly url: string;
  readonly couponId: number;
  readonly users: readonly UserKey[];
  readonly timeoutSeconds: number;
  /** Default: they are trusted to be who they say. */
  readonly signing?: Signing;
}

export type ToGenerator =
  | { readonly kind: 'order'; readonly order: BurstOrder }
  /** All generators are prepared: begin at this moment, in milliseconds since 1970. */
  | { readonly kind: 'go'; readonly atMs: number }
  /** Give up what is not answered: the record follows at once. */
  | { readonly kind: 'stop' };

export type FromGenerator =
  | { readonly kind: 'ready' }
  | { readonly kind: 'prepared' }
  /** The last answer is there; its record follows. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'record'; readonly attempts: readonly Attempt[] }
  /** The burst could not begin, and the process ends. */
  | { readonly kind: 'trouble'; readonly sentence: string };
