// What the primary passes on of the gate's verdicts. A persister that restarts knows no claims. If it can't prove yet
// that Redis is ours (MySQL is another server now, and a node that is alive has not answered), that disproves nothing:
// the claims that this node has seen proven stay valid, and only rows have to wait. If Redis belongs to another
// installation, no claim is left.
import type { InstallationMessage } from './messages.ts';

/** @returns the message for HTTP workers and admin process; `problem` is passed on in any case */
export function withKnownClaims(known: InstallationMessage | null, message: InstallationMessage): InstallationMessage {
  const disprovesNothing = message.claims.length === 0 && message.problem !== null && !message.isFinal;
  return disprovesNothing && known !== null ? { ...message, claims: known.claims } : message;
}
