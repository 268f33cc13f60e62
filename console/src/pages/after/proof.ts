// What a verification says, in the form in which the page shows it. It knows no page, so that tests can read it.
import type { Verification } from '../../api-types.ts';

type Figure = number | string | null;

export interface ComparedRow {
  readonly name: 'holders' | 'revoked' | 'outbox' | 'dead' | 'stock' | 'left' | 'sequence' | 'lost';
  /** null: this store has no such figure. */
  readonly redis: Figure;
  readonly mysql: Figure;
}

/** What each store counted, as the command `verify` shows it. Only the checks prove anything. */
export function comparedRows({ redis, mysql, declaredLoss }: Verification): ComparedRow[] {
  const lost = declaredLoss.missing + declaredLoss.reissued;
  return [
    { name: 'holders', redis: figure(redis, 'holders'), mysql: difference(mysql, 'rows', 'revoked') },
    { name: 'revoked', redis: null, mysql: figure(mysql, 'revoked') },
    { name: 'outbox', redis: figure(redis, 'outbox'), mysql: null },
    { name: 'dead', redis: figure(redis, 'dead'), mysql: figure(mysql, 'resolved') },
    { name: 'stock', redis: figure(redis, 'stock'), mysql: figure(mysql, 'totalStock') },
    { name: 'left', redis: difference(redis, 'stock', 'holders'), mysql: figure(mysql, 'stock') },
    { name: 'sequence', redis: figure(redis, 'sequence'), mysql: figure(mysql, 'highestSequence') },
    { name: 'lost', redis: null, mysql: lost },
  ];
}

function figure(store: Verification['redis'], name: string): Figure {
  return store?.[name] ?? null;
}

function difference(store: Verification['redis'], from: string, what: string): Figure {
  const [all, part] = [figure(store, from), figure(store, what)];
  return typeof all === 'number' && typeof part === 'number' ? all - part : null;
}

export type Verdict = 'agree' | 'survived' | 'dead' | 'gaps';

/** gaps: Redis and MySQL differ. dead: they agree, but an event with a waiting dead letter is not over. */
export function verdictOf({ ok, redis, possibleLoss }: Verification): Verdict {
  if (!ok) return 'gaps';
  if (deadLettersOf(redis) > 0) return 'dead';
  return possibleLoss.length > 0 ? 'survived' : 'agree';
}

export function deadLettersOf(redis: Verification['redis']): number {
  return Number(figure(redis, 'dead') ?? 0);
}

/** Those with a finding first. */
export function sortedGaps({ gaps }: Verification): Verification['gaps'] {
  return [...gaps.filter(({ count }) => count > 0), ...gaps.filter(({ count }) => count === 0)];
}
