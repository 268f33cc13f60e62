// couponrush coupon edit
import type { Command } from 'commander';
import { act, CommandFailure, EXIT_USAGE, idOption } from '../action.ts';
import { withAdmin } from '../admin-client.ts';
import { type ZoneOption, zoneOf, zoneOption } from '../local-time.ts';
import { type Confirmable, type MoveAnswer, tellMove } from '../operator.ts';
import { print } from '../output.ts';
import { timeOrNoneOption } from '../times.ts';
import { discountOption, type FieldOptions, inTypedTimes, readTimes, stockOption } from './fields.ts';
import { dryRunOption, yesOption } from './slips.ts';
import { askedFirst } from './unusual-move.ts';
import { versionOption } from './version.ts';
import { couponInWords } from './words.ts';

interface EditOptions extends FieldOptions, Confirmable, ZoneOption {
  readonly dryRun?: boolean;
  readonly ifVersion?: number;
  readonly json?: boolean;
}

export function addEdit(group: Command): void {
  group
    .command('edit')
    .summary('change a coupon before it opens')
    .description(
      'Changes a coupon up to 5 s before it opens. Afterwards only restock, pause, close and revoke are left.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .option('--name <text>', 'what users see, up to 100 characters')
    .option('--stock <n>', 'how many may be issued', stockOption)
    .option('--discount <amount>', "15% of the price, or an amount in the currency's smallest unit", discountOption)
    .option('--opens-at <time>', 'ISO 8601 with an offset, +20s, +10m, +2h, +3d from now, or none', timeOrNoneOption)
    .option('--closes-at <time>', 'the same', timeOrNoneOption)
    .option('--expires-at <time>', 'the same', timeOrNoneOption)
    .option('--open-now', 'it opens at once: --opens-at may be in the past, or left out')
    .option(...versionOption)
    .option(...dryRunOption)
    .option(...yesOption)
    .option(...zoneOption)
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: EditOptions) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const { name, stock, discount, ifVersion: version } = options;
          // Before +10m and the like are counted from now.
          const nowMs = Date.now();
          const edit = {
            ...(name === undefined ? {} : { name }),
            ...(stock === undefined ? {} : { totalStock: stock }),
            ...discount,
            ...(await readTimes(admin, options)),
          };
          if (Object.keys(edit).length === 0) throw new CommandFailure('nothing to change was given', EXIT_USAGE);
          const telling = { zone: zoneOf(options, config), currency: config.currency, nowMs };
          const ask = (more: object) =>
            inTypedTimes(options, () => admin.patch<MoveAnswer>(`/coupons/${couponId}`, { ...edit, version, ...more }));
          const outcome = await askedFirst(options, ask, ({ coupon }) => couponInWords(coupon, telling));
          const code = tellMove(options, outcome, `Coupon ${couponId} is changed, version ${outcome.coupon.version}.`);
          if (!options.json && outcome.changed) print(couponInWords(outcome.coupon, telling));
          return code;
        }),
      ),
    );
}
