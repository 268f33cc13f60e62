// couponrush coupon create
import type { Command } from 'commander';
import { createCoupon } from '../../coupons/create.ts';
import { preloadCoupon } from '../../coupons/preload.ts';
import { couponJson } from '../../overview/overview.ts';
import type { NewCoupon } from '../../store/tables/coupon-changes.ts';
import { readCoupon } from '../../store/tables/coupons.ts';
import { act, EXIT_OK } from '../action.ts';
import { commandActor, withServers } from '../operator.ts';
import { print, printJson } from '../output.ts';
import { timeOption } from '../times.ts';
import { discountOption, type FieldOptions, readTimes, stockOption } from './fields.ts';

interface CreateOptions extends FieldOptions {
  readonly name: string;
  readonly stock: number;
  readonly discount: { discountType: 'FIXED' | 'PERCENT'; discountAmount: number };
  readonly preload?: boolean;
  readonly json?: boolean;
}

export function addCreate(group: Command): void {
  group
    .command('create')
    .summary('make a coupon')
    .description(
      'Makes a draft. It is preloaded into Redis by itself before it opens (PRELOAD_AHEAD_MINUTES); without an opening ' +
        'time it waits for coupon preload, and is then open at once.',
    )
    .requiredOption('--name <text>', 'what users see, up to 100 characters')
    .requiredOption('--stock <n>', 'how many may be issued', stockOption)
    .requiredOption(
      '--discount <amount>',
      "15% of the price, or an amount in the currency's smallest unit",
      discountOption,
    )
    .option('--opens-at <time>', 'ISO 8601 with an offset, or +20s, +10m, +2h, +3d from now', timeOption)
    .option('--closes-at <time>', 'the same; without it the coupon is open until it is closed', timeOption)
    .option('--expires-at <time>', 'the same; until when an issued coupon can be used', timeOption)
    .option('--preload', 'preload it now')
    .option('--json', 'print one JSON object')
    .action((options: CreateOptions) =>
      act(options, (config) =>
        withServers(config, async (servers) => {
          const { name, stock, discount } = options;
          const times = (await readTimes(servers.redis, options)) as Pick<
            NewCoupon,
            'opensAt' | 'closesAt' | 'expiredAt'
          >;
          const actor = commandActor();
          const id = await createCoupon(servers.database, { name, totalStock: stock, ...discount, ...times }, actor);
          if (options.preload) await preloadCoupon(servers, id, { actor });
          const coupon = await readCoupon(servers.database, id);
          if (options.json) printJson({ ok: true, coupon: coupon && couponJson(coupon) });
          else print(`Coupon ${id} is created, ${coupon?.state}${opening(times.opensAt)}.`);
          return EXIT_OK;
        }),
      ),
    );
}

function opening(opensAt: Date | undefined): string {
  return opensAt ? `, and opens at ${opensAt.toISOString()}` : '';
}
