// couponrush report: what was issued within a period, by coupon.
import type { Command } from 'commander';
import type { PeriodReport } from '../overview/report.ts';
import type { PeriodTotal } from '../store/tables/reports.ts';
import { act, CommandFailure, EXIT_OK, EXIT_USAGE } from './action.ts';
import { type Json, withAdmin } from './admin-client.ts';
import { type Cell, print, printJson, table } from './output.ts';
import { resolveTime, type TimeArgument, timeOption } from './times.ts';

interface ReportOptions {
  readonly from: TimeArgument;
  readonly to: TimeArgument;
  readonly csv?: boolean;
  readonly json?: boolean;
}

const COLUMNS = [
  'couponId',
  'name',
  'discountType',
  'issued',
  'used',
  'lapsed',
  'revoked',
  'faceValueIssued',
  'faceValueUsed',
  'faceValueOpen',
] as const satisfies readonly (keyof PeriodTotal)[];

export function addReport(program: Command): void {
  program
    .command('report')
    .summary('what was issued within a period, by coupon')
    .description(
      'Totals of what was issued within a period, by coupon, and ' +
        'what became of it until now: used, lapsed (cancelled or ' +
        'expired), revoked. Face values are sums of fixed discounts. `coupon report` is about one event.',
    )
    .requiredOption('--from <time>', 'begin of the period, like 2026-05-01T00:00:00+09:00', timeOption)
    .requiredOption('--to <time>', 'its end, which is not within it', timeOption)
    .option('--csv', 'for a spreadsheet')
    .option('--json', 'print one JSON object')
    .action((options: ReportOptions) =>
      act(options, async (config) => {
        if (options.csv && options.json) throw new CommandFailure('give either --csv or --json', EXIT_USAGE);
        return withAdmin(config, async (admin) => {
          const from = (await resolveTime(admin, options.from)) ?? undefined;
          const to = (await resolveTime(admin, options.to)) ?? undefined;
          const report = await admin.get<Json<PeriodReport>>('/report', { from, to });
          if (options.json) printJson(report);
          else if (options.csv) process.stdout.write(csvOf(report.coupons));
          else print(describePeriod(report));
          return EXIT_OK;
        });
      }),
    );
}

export function csvOf(coupons: readonly PeriodTotal[]): string {
  const lines = coupons.map((coupon) => COLUMNS.map((column) => csvCell(coupon[column])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

/** A name is text, never a formula. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

function describePeriod({ from, to, coupons }: Json<PeriodReport>): string {
  const period = `Issued from ${from} to before ${to}`;
  if (coupons.length === 0) return `${period}: nothing.`;
  const total = (field: 'issued' | 'used' | 'faceValueIssued' | 'faceValueUsed' | 'faceValueOpen') =>
    coupons.reduce((sum, coupon) => sum + coupon[field], 0);
  const rows = coupons.map((each): Cell[] => [
    String(each.couponId),
    each.name,
    ...COLUMNS.slice(3).map((c) => each[c]),
  ]);
  return [
    period,
    '',
    table([['id', 'name', 'issued', 'used', 'lapsed', 'revoked', 'face value', 'of used', 'still open'], ...rows]),
    '',
    `${total('issued')} issued, worth ${total('faceValueIssued')}: ${total('faceValueUsed')} ` +
      `used, ${total('faceValueOpen')} still open. PERCENT discounts have no face value.`,
  ].join('\n');
}
