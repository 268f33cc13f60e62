// What a decided reply of lua/issue.lua means for each applicant of its batch.
import { type Decision, decisions } from './decision.ts';
import type { DecidedReply } from './issue-script.ts';

export interface DecidedBatch {
  /** One for each applicant, in their order. */
  readonly decided: readonly Decision[];
  /** The last number that Redis has given when this was decided. */
  readonly lastSequence: number;
  /** How many were refused because too many coupons wait for MySQL. */
  readonly overfull: number;
}

/** @param sentBefore an earlier copy of the batch may have been executed */
export function decodeDecisions(reply: DecidedReply, sentBefore: boolean): DecidedBatch {
  const { codes, nowMs, replays, status } = reply;
  const notOpen: Decision = { kind: 'not-open', opensAtMs: reply.opensAtMs };
  // Decided now, although it was sent before. If Redis lost its memory in between, a holder may be one by the copy that
  // was forgotten, and has had no answer. Asking again settles it.
  const holder = status === 'decided' && sentBefore ? decisions.unknown : decisions.alreadyIssued;
  let sequence = reply.firstSequence;
  let replay = 0;
  let overfull = 0;
  const decided: Decision[] = [];
  for (let index = 0; index < codes.length; index++) {
    switch (codes[index]) {
      case 'i':
        decided.push({ kind: 'issued', sequence: sequence++, issuedAtMs: nowMs });
        break;
      case 'r':
        decided.push({
          kind: 'replayed',
          sequence: replays[replay++] as number,
          issuedAtMs: replays[replay++] as number,
        });
        break;
      case 'd':
        decided.push(holder);
        break;
      case 'v':
        decided.push(decisions.revoked);
        break;
      case 's':
        decided.push(decisions.soldOut);
        break;
      case 'n':
        decided.push(notOpen);
        break;
      case 'p':
        decided.push(decisions.paused);
        break;
      case 'c':
        decided.push(decisions.closed);
        break;
      case 'o':
        overfull += 1;
        decided.push(decisions.overloaded);
        break;
      default:
        decided.push(decisions.unknown);
    }
  }
  return { decided, lastSequence: sequence - 1, overfull };
}
