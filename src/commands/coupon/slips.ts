// A likely mistake is asked about first. The admin API says whether it is one, in answer to a dry run.
import { type Warning, warningMeanings } from '../../coupons/warnings.ts';
import { type Confirmable, confirm } from '../operator.ts';

export interface DryRunAnswer {
  readonly warnings: readonly Warning[];
}

export const dryRunOption: [string, string] = ['--dry-run', 'say what would come of it, and change nothing'];
export const yesOption: [string, string] = ['--yes', 'do not ask'];

/** @throws CommandFailure unless nothing is unusual, or it is meant */
export async function confirmUnusual(options: Confirmable, { warnings }: DryRunAnswer, words: string): Promise<void> {
  if (warnings.length === 0) return;
  const meanings = warnings.map((warning) => warningMeanings[warning]);
  await confirm(options, `${words}\nThat is ${meanings.join(' And ')}`);
}
