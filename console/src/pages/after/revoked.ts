// What the batches of a list of users came to, added up.
import type { Operations, UserId } from '../../api-types.ts';

type BatchAnswer = Operations['revokeMany']['answer'];

export interface Revoked {
  /** Users of the batches that were answered. */
  readonly sent: number;
  readonly revoked: number;
  readonly revokedBefore: number;
  readonly notIssued: readonly UserId[];
  readonly notDrained: readonly UserId[];
  /** Used, cancelled or expired: left as they are. */
  readonly otherwise: readonly UserId[];
  readonly inEffect: boolean;
}

export const noneRevoked: Revoked = {
  sent: 0,
  revoked: 0,
  revokedBefore: 0,
  notIssued: [],
  notDrained: [],
  otherwise: [],
  inEffect: true,
};

export function addAnswer(total: Revoked, answer: BatchAnswer): Revoked {
  const { revoked, revokedBefore, notIssued, notDrained, otherwise, inEffect } = answer;
  const listed = notIssued.length + notDrained.length + otherwise.length;
  return {
    sent: total.sent + revoked + revokedBefore + listed,
    revoked: total.revoked + revoked,
    revokedBefore: total.revokedBefore + revokedBefore,
    notIssued: [...total.notIssued, ...notIssued],
    notDrained: [...total.notDrained, ...notDrained],
    otherwise: [...total.otherwise, ...otherwise.map(({ userId }) => userId)],
    inEffect: total.inEffect && inEffect,
  };
}
