// couponrush coupon pause: the emergency brake, for one coupon or all of them.
import type { Command } from 'commander';
import type { PauseAllPreview } from '../../coupons/pause-all.ts';
import type { CouponJson } from '../../overview/overview.ts';
import { act, idOption } from '../action.ts';
import { withAdmin } from '../admin-client.ts';
import { type PauseAnswer, tellMove, tellPause } from '../operator.ts';
import { reasonOption } from '../reason.ts';
import { type PauseAllAnswer, tellPauseAll, tellPreview } from './pause-all.ts';
import { dryRunOption } from './slips.ts';
import { versionOption } from './version.ts';

interface PauseOptions {
  readonly all?: boolean;
  readonly ifVersion?: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

function usageProblem(couponId: number | undefined, { all, ifVersion }: PauseOptions): string | null {
  if ((couponId === undefined) === (all === undefined)) return "give either the argument 'couponId', or --all";
  return all && ifVersion !== undefined ? "'--if-version' is for one coupon, and --all is for many" : null;
}

export function addPause(group: Command): void {
  group
    .command('pause')
    .summary('stop issuing at once, until it is resumed')
    .description(
      'Stops issuing at once: Redis first, then MySQL. It works within seconds also if MySQL does not answer or is ' +
        'read-only; a running server then records it as soon as MySQL can be written. Exits with 0 if it is in effect.',
    )
    .argument('[couponId]', 'id of the coupon', idOption)
    .option('--all', 'every coupon that is loaded or open; drafts that would open by themselves are held')
    .option(...versionOption)
    .option('--reason <text>', 'kept in the audit table', reasonOption)
    .option(...dryRunOption)
    .option('--yes', 'has no effect: a pause never asks')
    .option('--json', 'print one JSON object')
    .action((couponId: number | undefined, options: PauseOptions, command: Command) => {
      const { ifVersion: version, reason, dryRun } = options;
      const problem = usageProblem(couponId, options);
      if (problem !== null) command.error(`error: ${problem}`);
      return act(options, (config) => {
        return withAdmin(
          config,
          async (admin) => {
            if (couponId === undefined) {
              const answer = await admin.post<PauseAllAnswer | PauseAllPreview>('/pause', { reason, dryRun });
              return 'dryRun' in answer ? tellPreview(options, answer) : tellPauseAll(options, answer);
            }
            const path = `/coupons/${couponId}/pause`;
            const answer = await admin.post<PauseAnswer & { coupon: CouponJson | null; dryRun?: true }>(path, {
              version,
              reason,
              dryRun,
            });
            if (answer.dryRun && answer.coupon) return tellMove(options, { ...answer, coupon: answer.coupon }, '');
            return tellPause(options, answer, `Coupon ${couponId} is paused.`);
          },
          { eitherStore: true },
        );
      });
    });
}

/** A guess at the name of the brake leads to it. */
export function addStop(group: Command): void {
  group
    .command('stop', { hidden: true })
    .allowUnknownOption()
    .argument('[words...]')
    .action((_words: string[], _options: object, command: Command) => {
      command.error("error: unknown command 'stop'\n(Did you mean pause? close is for good.)");
    });
}
