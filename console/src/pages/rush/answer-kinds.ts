// The answers to issue requests in the five kinds that a chart can show apart. The look names them as the answers
// do; what is not named here is a refusal: not open, paused, closed, and what is wrong with a request.
export const kinds = ['granted', 'soldOut', 'already', 'refused', 'failed'] as const;
export type Kind = (typeof kinds)[number];

const OWN: Readonly<Record<string, Kind>> = {
  issued: 'granted',
  sold_out: 'soldOut',
  already_issued: 'already',
};
/** The server could not decide: users retry. */
const FAILED = ['not_ready', 'overloaded', 'unknown'];

export function kindOf(outcome: string): Kind {
  return OWN[outcome] ?? (FAILED.includes(outcome) ? 'failed' : 'refused');
}

export function byKind(
  answersPerSecond: Readonly<Record<string, number>> | null,
): Readonly<Record<Kind, number>> | null {
  if (answersPerSecond === null) return null;
  const sums: Record<Kind, number> = { granted: 0, soldOut: 0, already: 0, refused: 0, failed: 0 };
  for (const [outcome, rate] of Object.entries(answersPerSecond)) sums[kindOf(outcome)] += rate;
  return sums;
}
