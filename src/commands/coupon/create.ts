// couponrush coupon create
import type { Command } from 'commander';
import { checkFields } from '../../coupons/fields.ts';
import type { CouponJson } from '../../overview/overview.ts';
import type { NewCoupon } from '../../store/tables/coupon-changes.ts';
import { act, EXIT_OK } from '../action.ts';
import { withAdmin } from '../admin-client.ts';
import { print, printJson } from '../output.ts';
import { timeOption } from '../times.ts';
import { discountOption, type FieldOptions, readTimes, stockOption, type Times } from './fields.ts';

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
        withAdmin(config, async (admin) => {
          const { name, stock, discount, preload } = options;
          const fields = { name, totalStock: stock, ...discount, ...(await readTimes(admin, options)), preload };
          refuseWhatCanNotBe(fields);
          const coupon = await admin.post<CouponJson>('/coupons', fields);
          if (options.json) printJson({ ok: true, coupon });
          else print(`Coupon ${coupon.id} is created, ${coupon.state}${opening(coupon.opensAt)}.`);
          return EXIT_OK;
        }),
      ),
    );
}

/** All that is wrong at once, but for what needs the server's clock. @throws MoveRefused */
function refuseWhatCanNotBe({ opensAt, closesAt, expiredAt, ...fields }: Times & Omit<NewCoupon, keyof Times>): void {
  const time = (text: string | null | undefined) => (text ? new Date(text) : null);
  const times = { opensAt: time(opensAt), closesAt: time(closesAt), expiredAt: time(expiredAt) };
  checkFields({ ...fields, ...times }, Number.NEGATIVE_INFINITY);
}

function opening(opensAt: string | null): string {
  return opensAt ? `, and opens at ${opensAt}` : '';
}
