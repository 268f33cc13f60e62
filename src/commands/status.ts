// couponrush status
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ratesBetween, readStatus, type Status, statusJson } from '../overview/status.ts';
import { act, EXIT_FAILED, EXIT_OK, integerOption } from './action.ts';
import { overviewTable } from './coupon/show.ts';
import { withServers } from './operator.ts';
import { print, printJson } from './output.ts';

interface StatusOptions {
  readonly watch?: boolean;
  readonly interval: number;
  readonly json?: boolean;
}

/** Clears the screen and goes to its beginning. */
const CLEAR = '\u001b[2J\u001b[H';
/** Between the two looks that a rate is told by. */
const RATE_MS = 1000;

export function addStatus(program: Command): void {
  program
    .command('status')
    .summary('one screen: coupons, rates, backlog, dead letters, processes')
    .description(
      'Shows the coupons that are in Redis, how fast they are issued, what MySQL does not have yet, and the processes that ' +
        'are connected. Exits with 0 if Redis may decide, and nothing is in dead letters.',
    )
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--interval <seconds>', 'between two looks of --watch', integerOption(1, 3600), 2)
    .option('--json', 'print one JSON object (with --watch: one each line)')
    .action((options: StatusOptions) =>
      act(options, (config) =>
        withServers(config, async ({ redis, database }) => {
          let before = await readStatus(redis, database);
          for (;;) {
            await sleep(options.watch ? options.interval * 1000 : RATE_MS);
            const now = await readStatus(redis, database);
            const rates = ratesBetween(before, now);
            before = now;
            if (options.json && options.watch) print(JSON.stringify(statusJson(now, rates)));
            else if (options.json) printJson(statusJson(now, rates));
            else print(`${options.watch && process.stdout.isTTY ? CLEAR : ''}${describeStatus(now, rates)}`);
            if (options.watch) continue;
            const isWell = now.gate === 'open' && now.coupons.every(({ live }) => (live?.deadLetters ?? 0) === 0);
            return isWell ? EXIT_OK : EXIT_FAILED;
          }
        }),
      ),
    );
}

const gateMeanings: Record<Status['gate'], string> = {
  open: 'Redis decides',
  rebuilding: 'Redis is being compared with MySQL: nothing is issued',
  shut: 'Redis was not compared with MySQL yet: nothing is issued. Does a persister run?',
};

function describeStatus(status: Status, rates: ReadonlyMap<number, number>): string {
  const processes = Object.entries(status.processes).map(([name, count]) => (count > 1 ? `${name} (${count})` : name));
  const megabytes = Math.round(status.redisMemoryBytes / 1_000_000);
  return [
    `${new Date(status.atMs).toISOString()}  ${gateMeanings[status.gate]}  (${megabytes} MB)`,
    processes.length > 0 ? `Processes: ${processes.join(', ')}` : 'No process of a server is connected.',
    '',
    status.coupons.length > 0 ? overviewTable(status.coupons, rates) : 'No coupon is in Redis.',
  ].join('\n');
}
