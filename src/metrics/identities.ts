// Who asks could not be told: how often, and why. And how old the keys are that tokens are verified with.
import type { Counter } from 'prom-client';
import { type MetricsRegistry, value } from './registry.ts';

/**
 * `missing`, `malformed`, `repeated`: there is not exactly one identity of the right form. `bad_user_id`: its user id
 * has not the form of one. `missing_claim`: of a token. `overloaded`: too many were checked at once.
 * `keys_unavailable`: the keys of tokens can't be fetched now. The others say what is wrong with a token or signature.
 */
export const identityRefusals = [
  'missing',
  'malformed',
  'repeated',
  'bad_user_id',
  'missing_claim',
  'expired',
  'not_yet_valid',
  'bad_signature',
  'unknown_key',
  'wrong_algorithm',
  'wrong_issuer',
  'wrong_audience',
  'overloaded',
  'keys_unavailable',
] as const;
export type IdentityRefusal = (typeof identityRefusals)[number];

export class IdentityMetrics {
  readonly #byReason: Readonly<Record<IdentityRefusal, Counter.Internal>>;
  #keysAgeMs: (() => number) | null = null;

  constructor(registry: MetricsRegistry) {
    const refusals = registry.counter({
      name: 'identity_refusals_total',
      help: 'Requests whose user could not be identified, by reason.',
      labels: ['reason'],
    });
    this.#byReason = Object.fromEntries(identityRefusals.map((reason) => [reason, refusals.labels(reason)])) as Record<
      IdentityRefusal,
      Counter.Internal
    >;
    for (const reason of identityRefusals) this.#byReason[reason].inc(0);
    registry.readGauge(
      {
        name: 'identity_keys_age_seconds',
        help: 'Time since JWT_JWKS_URL returned usable keys, or since the start.',
        combine: 'max',
      },
      () => (this.#keysAgeMs ? value(this.#keysAgeMs() / 1000) : []),
    );
  }

  countRefusal(reason: IdentityRefusal): void {
    this.#byReason[reason].inc();
  }

  /** Keys that are fetched from an URL. */
  watchKeys(ageMs: () => number): void {
    this.#keysAgeMs = ageMs;
  }
}
