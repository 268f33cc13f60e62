// couponrush rebuild <couponId>
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Verification } from '../verify/verify.ts';
import { act, EXIT_OK, idOption } from './action.ts';
import { withAdmin } from './admin-client.ts';
import { dryRunOption } from './coupon/slips.ts';
import { type Confirmable, confirm } from './operator.ts';
import { print, printJson } from './output.ts';
import { withProgress } from './progress.ts';
import { describeVerification } from './verify.ts';

interface Rebuilt {
  readonly holders: number;
  readonly sequence: number;
  readonly lost: number;
  readonly restored: number;
}

export function addRebuild(program: Command): void {
  program
    .command('rebuild')
    .summary('make what Redis has of a coupon anew, from MySQL')
    .description(
      'Makes the holders, the counter and the stock of a coupon in ' +
        'Redis anew, from the rows of MySQL, the outbox and the dead ' +
        'letters. Nothing of the coupon is issued meanwhile (some ' +
        'seconds for each million of rows). The server does this by ' +
        'itself after a loss of Redis.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .option(...dryRunOption)
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: Confirmable & { dryRun?: boolean; json?: boolean }) =>
      act(options, async (config) => {
        if (options.dryRun) return previewRebuild(config, couponId, options);
        await confirm(options, `While coupon ${couponId} is rebuilt, nobody is issued one.`);
        const started = performance.now();
        const { holders, sequence, lost, restored } = await withProgress('rows', (report) =>
          withAdmin(config, (admin) => admin.post<Rebuilt>(`/coupons/${couponId}/rebuild`, {}, report)),
        );
        const ms = Math.round(performance.now() - started);
        if (options.json) printJson({ ok: true, holders, sequence, lost, restored, ms });
        else print(`Coupon ${couponId} is rebuilt in ${ms} ms: ${holders} holders, highest sequence ${sequence}.`);
        if (lost > 0 && !options.json) print(`${lost} sequence numbers are in no store: see verify.`);
        return EXIT_OK;
      }),
    );
}

async function previewRebuild(config: Config, couponId: number, options: { json?: boolean }): Promise<number> {
  const answer = await withAdmin(config, (admin) =>
    admin.post<{ verification: Verification }>(`/coupons/${couponId}/rebuild`, { dryRun: true }),
  );
  if (options.json) printJson({ ok: true, ...answer });
  else print(`Nothing is changed. A rebuild would find:\n${describeVerification(answer.verification)}`);
  return EXIT_OK;
}
