// couponrush verify <couponId>
import type { Command } from 'commander';
import { isSettled, type Verification } from '../verify/verify.ts';
import { act, EXIT_FAILED, EXIT_OK, idOption, integerOption } from './action.ts';
import { type Json, withAdmin } from './admin-client.ts';
import { type Cell, joinRanges, print, printJson, table } from './output.ts';
import { withProgress } from './progress.ts';

interface VerifyCommandOptions {
  readonly live?: boolean;
  readonly examples: number;
  readonly json?: boolean;
}

const EXAMPLES_MAX = 10_000;

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('compare Redis and MySQL for one coupon')
    .description(
      'Compares who holds a coupon in Redis, in MySQL, in the ' +
        'outbox and in dead letters: user by user, not by counting. ' +
        'Exits with 0 only if everything agrees and, without --live, ' +
        'no dead letter waits. docs/verify.md explains each gap.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .option('--live', 'during a rush: what is on its way to MySQL is no gap')
    .option('--examples <n>', 'users or numbers shown for each gap', integerOption(0, EXAMPLES_MAX), 10)
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: VerifyCommandOptions) =>
      act(options, async (config) => {
        const parameters = { mode: options.live ? 'live' : 'final', examples: options.examples };
        const verification = await withProgress('holders and rows', (report) =>
          withAdmin(config, (admin) =>
            admin.get<Json<Verification>>(`/coupons/${couponId}/verification`, parameters, report),
          ),
        );
        if (options.json) printJson(verification);
        else print(describeVerification(verification));
        return isSettled(verification) ? EXIT_OK : EXIT_FAILED;
      }),
    );
}

/** What was compared, the gaps as a table, and a last line with the verdict. */
export function describeVerification(verification: Verification | Json<Verification>): string {
  const { couponId, mode, redis, mysql, declaredLoss, possibleLoss, gaps, durationMs } = verification;
  const compared: Cell[][] = [
    ['', 'Redis', 'MySQL'],
    ['holders, rows', redis?.holders ?? null, mysql ? mysql.rows - mysql.revoked : null],
    ['revoked rows', null, mysql?.revoked ?? null],
    ['in the outbox', redis?.outbox ?? null, null],
    ['dead letters, resolved ones', redis?.dead ?? null, mysql?.resolved ?? null],
    ['total stock', redis?.stock ?? null, mysql?.totalStock ?? null],
    ['left', redis && redis.stock !== null ? redis.stock - redis.holders : null, mysql?.stock ?? null],
    ['declared lost, and given again', null, declaredLoss.missing + declaredLoss.reissued],
    ['highest sequence', redis?.sequence ?? null, mysql?.highestSequence ?? null],
  ];
  const found = gaps.filter((gap) => gap.count > 0);
  const lines = [
    `coupon ${couponId}${mysql ? `, ${mysql.state}` : ''}: ${mode} check in ${durationMs} ms`,
    '',
    table(compared),
  ];
  if (found.length > 0) {
    lines.push('', table([['gap', 'count', 'meaning', 'such as'], ...found.map(gapRow)]));
  }
  lines.push('', ...possibleLoss.map(describePossibleLoss), verdict(verification, found.length));
  return lines.join('\n');
}

function gapRow({ name, count, meaning, examples }: Verification['gaps'][number]): Cell[] {
  return [name, count, meaning, examples.length > 0 ? joinRanges(examples) : ''];
}

type Loss = Verification['possibleLoss'][number];

function describePossibleLoss(loss: Loss | Json<Loss>): string {
  const { afterSequence, numbersMax, grantedAfter, grantedBefore, reason, confirmed } = loss;
  const bounds =
    `at most ${numbersMax} grants after number ${afterSequence}, made between ${inUtc(grantedAfter)} and ` +
    `${inUtc(grantedBefore)} (${reason})`;
  return confirmed
    ? `Possible loss: ${bounds}. It cannot be known. What to do: docs/verify.md`
    : `Not known yet, the HTTP workers are being asked: ${bounds}.`;
}

/** A time, as MySQL or JSON has it. */
function inUtc(time: Date | string): string {
  return new Date(time).toISOString();
}

function verdict({ redis, couponId, possibleLoss }: Verification | Json<Verification>, gaps: number): string {
  if (gaps > 0) return `${gaps === 1 ? 'One kind of gap' : `${gaps} kinds of gaps`}. What to do: docs/verify.md`;
  const agree = `Redis and MySQL agree${possibleLoss.length > 0 ? ' on what survived' : ''}`;
  const dead = redis?.dead ?? 0;
  if (dead === 0) return `${agree}.`;
  return `${agree}, and ${dead} granted coupons wait in dead letters: redrive or resolve those of coupon ${couponId}.`;
}
