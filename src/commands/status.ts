// couponrush status
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ratesBetween, type StatusJson, withRates } from '../overview/status.ts';
import { act, EXIT_FAILED, EXIT_OK, integerOption } from './action.ts';
import { withAdmin } from './admin-client.ts';
import { overviewTable, tellStandings } from './coupon/show.ts';
import { localTime, type ZoneOption, zoneOf, zoneOption } from './local-time.ts';
import { print, printJson } from './output.ts';

interface StatusOptions extends ZoneOption {
  readonly watch?: boolean;
  readonly interval: number;
  readonly json?: boolean;
}

/** Clears the screen and goes to its beginning. */
const CLEAR = '\u001b[2J\u001b[H';
/** Between the two samples that a rate is computed from. */
const RATE_MS = 1000;

export function addStatus(program: Command): void {
  program
    .command('status')
    .summary('one screen: coupons, rates, backlog, dead letters, processes')
    .description(
      'Shows the coupons that are in Redis, how fast they are ' +
        'issued, what MySQL does not have yet, and the processes that ' +
        'are connected. Exits with 0 if Redis may decide, and nothing is in dead letters.',
    )
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--interval <seconds>', 'between two looks of --watch', integerOption(1, 3600), 2)
    .option(...zoneOption)
    .option('--json', 'print one JSON object (with --watch: one each line)')
    .action((options: StatusOptions) =>
      act(options, (config) =>
        withAdmin(
          config,
          async (admin) => {
            let before = await admin.get<StatusJson>('/status');
            for (;;) {
              await sleep(options.watch ? options.interval * 1000 : RATE_MS);
              const seen = await admin.get<StatusJson>('/status');
              const now = withRates(seen, ratesBetween(before, seen));
              before = now;
              if (options.json && options.watch) print(JSON.stringify(now));
              else if (options.json) printJson(now);
              else
                print(
                  (options.watch && process.stdout.isTTY ? CLEAR : '') + describeStatus(now, zoneOf(options, config)),
                );
              if (!options.json) tellStandings(now);
              if (options.watch) continue;
              const isWell =
                now.gate === 'open' &&
                now.mysql === 'ok' &&
                now.coupons.every(({ live }) => (live?.deadLetters ?? 0) === 0);
              return isWell ? EXIT_OK : EXIT_FAILED;
            }
          },
          { eitherStore: true },
        ),
      ),
    );
}

const gateMeanings: Record<StatusJson['gate'], string> = {
  open: 'Redis decides',
  rebuilding: 'Redis is being compared with MySQL: nothing is issued',
  unknown: 'Redis does not answer: nothing is issued',
  shut: 'Redis was not compared with MySQL yet: nothing is issued. Does a persister run?',
};

function describeStatus(status: StatusJson, zone: string): string {
  const processes = Object.entries(status.processes).map(([name, count]) => (count > 1 ? `${name} (${count})` : name));
  const memory = status.redisMemoryBytes === null ? '' : `  (${Math.round(status.redisMemoryBytes / 1_000_000)} MB)`;
  return [
    `${localTime(status.at, zone)}  ${gateMeanings[status.gate]}${memory}`,
    processes.length > 0 ? `Processes: ${processes.join(', ')}` : 'No process of a server is connected.',
    ...((status.unfinishedErasures ?? 0) > 0 ? [describeErasures(status.unfinishedErasures as number)] : []),
    ...((status.heldDrafts?.length ?? 0) > 0 ? [describeHeld(status.heldDrafts ?? [])] : []),
    '',
    status.coupons.length > 0 ? overviewTable(status.coupons) : 'No coupon is in Redis.',
  ].join('\n');
}

function describeHeld(ids: readonly number[]): string {
  return `Held, and loaded paused: ${ids.join(', ')}. To release one: couponrush coupon resume ${ids[0]}`;
}

function describeErasures(count: number): string {
  const what = count === 1 ? 'An erasure of a user has' : `${count} erasures of users have`;
  return `${what} not ended: couponrush user erasures`;
}
