// couponrush coupon report <couponId>
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { act, CommandFailure, EXIT_FAILED, EXIT_OK, idOption } from '../action.ts';
import { withAdmin } from '../admin-client.ts';
import { print, printJson, printProgress, table } from '../output.ts';
import { withProgress } from '../progress.ts';
import { describeVerification } from '../verify.ts';
import { type EventReport, figuresOf, refusalsOf } from './report-figures.ts';
import { reportPage } from './report-page.ts';

interface ReportOptions {
  readonly html?: string;
  readonly json?: boolean;
}

export function addReport(group: Command): void {
  group
    .command('report')
    .summary('an event in figures, with its proof')
    .description(
      'How many were issued, how fast, what they are worth, who ' +
        'was refused as far as the running server knows, and what ' +
        'verify says. Exits with 1 if Redis and MySQL do not agree.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .option('--html <file>', 'write a page with charts that needs nothing else, to be sent or printed')
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: ReportOptions) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const report = await withProgress('holders and rows', (progress) =>
            admin.get<EventReport>(`/coupons/${couponId}/report`, {}, progress),
          );
          if (options.html !== undefined) writePage(options.html, report);
          if (options.json) printJson(report);
          else if (options.html === undefined) print(describeReport(report));
          return report.verification.ok ? EXIT_OK : EXIT_FAILED;
        }),
      ),
    );
}

function writePage(file: string, report: EventReport): void {
  try {
    writeFileSync(file, reportPage(report));
  } catch (error) {
    throw new CommandFailure(`${file} can not be written: ${(error as Error).message}`);
  }
  printProgress(`couponrush: the report is in ${file}`);
}

function describeReport(report: EventReport): string {
  const { coupon, totals, faceValue, rate, verification } = report;
  const lines = [`Coupon ${coupon.id}: ${coupon.name}, ${report.phase}, ${report.at}`, '', table(figuresOf(report))];
  if (faceValue) {
    const { issued, open, used, revoked } = faceValue;
    lines.push(
      '',
      table([
        ['face value', 'open', 'used', 'revoked'],
        [issued, open, used, revoked],
      ]),
    );
  }
  lines.push('', table(refusalsOf(report)));
  if (rate) lines.push('', `issued in each ${rate.stepSeconds} s, from ${rate.from}`, sparkline(rate.counts));
  if (totals.pending > 0) lines.push('', `${totals.pending} are not in MySQL yet, and in no figure above.`);
  lines.push('', describeVerification(verification));
  return lines.join('\n');
}

const BARS = '▁▂▃▄▅▆▇█';
const COLUMNS = 100;

function sparkline(counts: readonly number[]): string {
  const step = Math.ceil(counts.length / COLUMNS);
  const sums = Array.from({ length: Math.ceil(counts.length / step) }, (_, index) =>
    counts.slice(index * step, (index + 1) * step).reduce((all, count) => all + count, 0),
  );
  const most = Math.max(1, ...sums);
  return sums.map((sum) => (sum === 0 ? ' ' : BARS[Math.ceil((sum / most) * BARS.length) - 1])).join('');
}
