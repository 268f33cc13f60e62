// What a spike has shown, in sentences: whether it is proven, why not, and what its outcome means.
import type { SpikeReport } from './spike.ts';

/** Empty if it is proven. */
export function reasonsAgainst({ decided, drain, violations, verification }: Findings): string[] {
  return [
    ...(decided ? [] : ['not one request got a decision']),
    ...(drain.allRowsAfterMs === null ? ['not all granted coupons reached MySQL in time'] : []),
    ...(violations.length > 0 ? ['answers contradict what is stored'] : []),
    ...(verification.ok ? [] : ['Redis and MySQL disagree']),
  ];
}

type Findings = Pick<SpikeReport, 'decided' | 'drain' | 'violations' | 'verification'>;

export function verdictOf(report: SpikeReport): string {
  if (report.ok) return 'PROVEN: every answer was true, and Redis and MySQL agree.';
  return `NOT PROVEN: ${reasonsAgainst(report).join('; ')}.`;
}

/** What a reader could misunderstand of a spike that went well. */
export function notesOn({ heldBefore, asking, users, answers }: SpikeReport): string[] {
  const notes: string[] = [];
  if (heldBefore > 0) {
    notes.push(
      `${heldBefore} of ${asking} users held the coupon before, and were answered ALREADY_ISSUED_COUPON. This says ` +
        'nothing about a rush of new users: take another first user, or a new coupon.',
    );
  }
  const soldOut = answers['400 OUT_OF_STOCK_COUPON'] ?? 0;
  if (users.granted === 0 && soldOut > 0) {
    notes.push('Nothing was left when it began, so not one coupon was issued. Restock the coupon, or take a new one.');
  } else if (heldBefore < asking && soldOut === 0 && users.granted > 0) {
    notes.push('The stock was larger than what was asked for, so the end of the stock was not rehearsed.');
  }
  if (users.unknown > 0) {
    notes.push(`The outcome of ${users.unknown} users was unknown at first. Each was asked for after the deadline.`);
  }
  return notes;
}
