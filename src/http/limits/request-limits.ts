// Limits on one user and on one address, from the configuration. Off if the rate is 0.
import type { Config } from '../../config.ts';
import type { UserId } from '../../user-id.ts';
import { ClientAddresses, parseRanges } from './client-address.ts';
import { TokenBuckets } from './token-buckets.ts';

/** 150 bytes each. */
const BUCKETS_MAX = 100_000;

type LimitConfig = Pick<
  Config,
  'userRequestsPerSecond' | 'userRequestsBurst' | 'addressRequestsPerSecond' | 'addressRequestsBurst' | 'trustedProxies'
>;

export class RequestLimits {
  readonly #users: TokenBuckets | null;
  readonly #addresses: TokenBuckets | null;
  readonly #clients: ClientAddresses;

  constructor(config: LimitConfig) {
    this.#users = bucketsFor(config.userRequestsPerSecond, config.userRequestsBurst);
    this.#addresses = bucketsFor(config.addressRequestsPerSecond, config.addressRequestsBurst);
    this.#clients = new ClientAddresses(parseRanges(config.trustedProxies));
  }

  /** Whether the address of a request is wanted at all. */
  get limitsAddresses(): boolean {
    return this.#addresses !== null;
  }

  /** @returns 0, or after how many milliseconds the user may ask again */
  takeForUser(userId: UserId): number {
    return this.#users?.take(userId, performance.now()) ?? 0;
  }

  /** The same for the address that the request comes from. */
  takeForAddress(peer: string, forwardedFor: string | undefined): number {
    return this.#addresses?.take(this.#clients.keyOf(peer, forwardedFor), performance.now()) ?? 0;
  }
}

function bucketsFor(perSecond: number, burst: number): TokenBuckets | null {
  return perSecond === 0 ? null : new TokenBuckets({ perSecond, burst, bucketsMax: BUCKETS_MAX });
}
