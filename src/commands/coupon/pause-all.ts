// What `coupon pause --all` prints: what is paused, which drafts are held, and how to resume each.
import type { PauseAllOutcome, PauseAllPreview } from '../../coupons/pause-all.ts';
import { EXIT_OK } from '../action.ts';
import { type PauseAnswer, tellPause } from '../operator.ts';
import { print, printJson, printProgress } from '../output.ts';

/** As the admin API answers it. */
export type PauseAllAnswer = PauseAnswer & {
  readonly drafts: PauseAllOutcome['drafts'];
  readonly coupons: readonly (PauseAnswer & { readonly couponId: number; readonly held?: true })[];
};

/** @returns the exit code: 1 if Redis does not have all of it */
export function tellPauseAll(options: { readonly json?: boolean }, answer: PauseAllAnswer): number {
  if (options.json) return tellPause(options, answer, '');
  for (const { couponId, problem } of answer.coupons) {
    if (problem !== undefined) printProgress(`couponrush: coupon ${couponId}: ${problem}`);
  }
  const stopped = answer.coupons.filter(({ inEffect, recorded }) => inEffect || recorded);
  const { others: paused, held } = idsOf(stopped);
  const exitCode = tellPause(options, answer, describePaused(answer, paused, held));
  if (held.length > 0) print(`Drafts that are held, and will be loaded paused: ${held.join(', ')}.`);
  if (answer.drafts !== 'held') printProgress(`couponrush: ${draftProblems[answer.drafts]}`);
  if (stopped.length > 0) {
    print('To resume:');
    for (const couponId of [...paused, ...held]) print(`  couponrush coupon resume ${couponId}`);
  }
  return exitCode;
}

/** @returns the exit code */
export function tellPreview(options: { readonly json?: boolean }, answer: PauseAllPreview): number {
  if (options.json) {
    printJson({ ok: true, ...answer });
    return EXIT_OK;
  }
  const { others: open, held: drafts } = idsOf(answer.coupons);
  print(open.length > 0 ? `Would be paused: ${open.join(', ')}.` : 'No coupon is open.');
  if (drafts.length > 0) print(`Drafts that would be held: ${drafts.join(', ')}.`);
  if (answer.drafts === 'waiting') printProgress('couponrush: MySQL does not list drafts now.');
  print('Nothing is changed.');
  return EXIT_OK;
}

function idsOf(coupons: PauseAllPreview['coupons']): { readonly others: number[]; readonly held: number[] } {
  const ids = (isHeld: boolean) =>
    coupons.filter(({ held = false }) => held === isHeld).map(({ couponId }) => couponId);
  return { others: ids(false), held: ids(true) };
}

const draftProblems = {
  waiting:
    'MySQL does not list drafts now: a running server holds those that would open by themselves as soon as MySQL ' +
    'answers, before it loads one.',
  unknown: 'Redis could not note that drafts are to be held, and MySQL does not list them: repeat the command.',
} as const;

function describePaused(
  { coupons, drafts }: PauseAllAnswer,
  paused: readonly number[],
  held: readonly number[],
): string {
  if (paused.length > 0) return `Paused: ${paused.join(', ')}.`;
  if (coupons.length === 0 && drafts === 'held')
    return 'No coupon is loaded, open, or a draft that would open by itself.';
  return held.length > 0 ? 'No coupon was open.' : 'No coupon is paused.';
}
