// The one table from why a user could not be identified to the HTTP answer.
import type { Exchange } from '../exchange.ts';
import type { Identifier, Refusal } from './identity.ts';

type Words = Pick<Identifier, 'challenge' | 'expects'>;

export function replyUnidentified(exchange: Exchange, refusal: Refusal, { challenge, expects }: Words): void {
  switch (refusal) {
    case 'malformed':
      exchange.problem('BAD_REQUEST', expects);
      return;
    case 'overloaded':
      exchange.problem('OVERLOADED', 'Too many identities to be checked at once: ask again');
      return;
    case 'unavailable':
      exchange.problem('NOT_READY', 'The keys that tokens are verified with are unavailable: ask again');
      return;
    case 'missing':
    case 'invalid':
      exchange.problem('UNAUTHENTICATED_USER', undefined, { header: ['WWW-Authenticate', challenge] });
      return;
    default:
      refusal satisfies never;
  }
}
