// couponrush coupon winners <couponId>
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { readWinners, type Winner } from '../../overview/winners.ts';
import { readCoupon } from '../../store/tables/coupons.ts';
import { act, CommandFailure, EXIT_OK, idOption } from '../action.ts';
import { withServers } from '../operator.ts';
import { withProgress } from '../progress.ts';

interface WinnersOptions {
  readonly format: 'csv' | 'jsonl';
  readonly json?: boolean;
}

export function addWinners(group: Command): void {
  group
    .command('winners')
    .summary('everybody who was issued a coupon, by sequence')
    .description(
      'Prints everybody who was issued a coupon, by sequence, with the state of each: ISSUED, REVOKED, USED, CANCELLED or ' +
        'EXPIRED in MySQL; PENDING on its way there; DEAD where MySQL refused it; RESOLVED where that was given up.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .addOption(new Option('--format <format>', 'one line for each').choices(['csv', 'jsonl']).default('csv'))
    .option('--json', 'the same as --format jsonl')
    .action((couponId: number, options: WinnersOptions) =>
      act(options, (config) =>
        withServers(config, async ({ redis, database }) => {
          const coupon = await readCoupon(database, couponId);
          if (!coupon) throw new CommandFailure(`there is no coupon ${couponId}`);
          const asCsv = options.format === 'csv' && !options.json;
          if (asCsv) await write('sequence,userId,state,issuedAt,persistedAt\n');
          let count = 0;
          await withProgress('winners', async (report) => {
            for await (const page of readWinners(redis, database, couponId)) {
              await write(page.map(asCsv ? csvLine : jsonLine).join(''));
              count += page.length;
              // At a terminal the list itself shows how far it is.
              if (!process.stdout.isTTY) report(count, coupon.totalStock - coupon.stock);
            }
          });
          return EXIT_OK;
        }),
      ),
    );
}

/** Waits for a slow reader: what it has not taken is not kept here. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function csvLine({ sequence, userId, state, issuedAt, persistedAt }: Winner): string {
  return `${sequence},${userId},${state},${issuedAt?.toISOString() ?? ''},${persistedAt?.toISOString() ?? ''}\n`;
}

function jsonLine({ sequence, userId, state, issuedAt, persistedAt }: Winner): string {
  return `${JSON.stringify({ sequence, userId, state, issuedAt, persistedAt })}\n`;
}
