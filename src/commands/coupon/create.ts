// couponrush coupon create
import type { Command } from 'commander';
import type { CouponJson } from '../../overview/overview.ts';
import { act, EXIT_OK } from '../action.ts';
import { withAdmin } from '../admin-client.ts';
import { type ZoneOption, zoneOf, zoneOption } from '../local-time.ts';
import type { Confirmable } from '../operator.ts';
import { print, printJson } from '../output.ts';
import { timeOption } from '../times.ts';
import { discountOption, type FieldOptions, inTypedTimes, readTimes, stockOption } from './fields.ts';
import { confirmUnusual, type DryRunAnswer, dryRunOption, yesOption } from './slips.ts';
import { type CouponFields, couponInWords } from './words.ts';

interface CreateOptions extends FieldOptions, Confirmable, ZoneOption {
  readonly dryRun?: boolean;
  readonly name: string;
  readonly stock: number;
  readonly discount: { discountType: 'FIXED' | 'PERCENT'; discountAmount: number };
  readonly preload?: boolean;
  readonly rehearsal?: boolean;
  readonly json?: boolean;
}

export function addCreate(group: Command): void {
  group
    .command('create')
    .summary('make a coupon')
    .description(
      'Makes a draft. It is preloaded into Redis by itself before ' +
        'it opens (PRELOAD_AHEAD_MINUTES); without an opening ' +
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
    .option('--open-now', 'it opens at once: --opens-at may be in the past, or left out')
    .option('--preload', 'preload it now')
    .option('--rehearsal', 'a coupon to rehearse with: reports of a period leave it out; it can not be changed later')
    .option(...dryRunOption)
    .option(...yesOption)
    .option(...zoneOption)
    .option('--json', 'print one JSON object')
    .action((options: CreateOptions) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const { name, stock, discount, preload, rehearsal } = options;
          // Before +10m and the like are counted from now.
          const nowMs = Date.now();
          const fields = {
            name,
            totalStock: stock,
            ...discount,
            ...(await readTimes(admin, options)),
            preload,
            rehearsal,
          };
          const words = (coupon: CouponFields) =>
            couponInWords(coupon, { zone: zoneOf(options, config), currency: config.currency, nowMs });
          const ask = <T>(more: object) =>
            inTypedTimes(options, () => admin.post<T>('/coupons', { ...fields, ...more }));
          if (options.dryRun || !options.yes) {
            const preview = await ask<CreatePreview>({ dryRun: true });
            if (options.dryRun) {
              if (options.json) printJson({ ok: true, ...preview });
              else print(`Nothing is changed. It would be, as ${preview.coupon.state}:\n${words(preview.coupon)}`);
              return EXIT_OK;
            }
            await confirmUnusual(options, preview, words(preview.coupon));
          }
          const coupon = await ask<CouponJson>({});
          if (options.json) printJson({ ok: true, coupon });
          else print(`Coupon ${coupon.id} is created, ${coupon.state}.\n${words(coupon)}`);
          return EXIT_OK;
        }),
      ),
    );
}

interface CreatePreview extends DryRunAnswer {
  readonly coupon: CouponFields;
}
