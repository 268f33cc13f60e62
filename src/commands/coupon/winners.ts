// couponrush coupon winners <couponId>
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import type { CouponJson } from '../../overview/overview.ts';
import { type WinnerFormat, winnerFormats } from '../../overview/winner-lines.ts';
import { act, EXIT_OK, idOption } from '../action.ts';
import { withAdmin } from '../admin-client.ts';
import { withProgress } from '../progress.ts';

interface WinnersOptions {
  readonly format: WinnerFormat;
  readonly excel?: boolean;
  readonly timeZone?: string;
  readonly json?: boolean;
}

const NEWLINE = 10;

export function addWinners(group: Command): void {
  group
    .command('winners')
    .summary('everybody who was issued a coupon, by sequence')
    .description(
      'Prints everybody who was issued a coupon, by sequence, with ' +
        'the state of each: ISSUED, REVOKED, USED, CANCELLED or ' +
        'EXPIRED in MySQL; PENDING on its way there; DEAD where MySQL refused it; RESOLVED where that was given up.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .addOption(new Option('--format <format>', 'one line for each').choices(winnerFormats).default('csv'))
    .option('--json', 'the same as --format jsonl')
    .option('--excel', 'the same as --format excel: local times, ids as text, discount, expiry and revocation')
    .option('--time-zone <name>', 'of the times for Excel, e.g. Asia/Seoul (default: that of this machine)')
    .action((couponId: number, options: WinnersOptions) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const coupon = await admin.get<CouponJson>(`/coupons/${couponId}`);
          const format = options.excel ? 'excel' : options.json ? 'jsonl' : options.format;
          const timeZone = options.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
          let lines = 0;
          await withProgress('winners', async (report) => {
            for await (const piece of admin.stream(`/coupons/${couponId}/winners`, { format, timeZone })) {
              await write(piece);
              lines += piece.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0);
              // At a terminal the list itself shows how far it is.
              if (!process.stdout.isTTY) report(lines, (coupon.totalStock ?? 0) - (coupon.stock ?? 0));
            }
          });
          return EXIT_OK;
        }),
      ),
    );
}

/** Waits for a slow reader: what it has not taken is not kept here. */
async function write(piece: Uint8Array): Promise<void> {
  if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}
