// couponrush rebuild <couponId>
import type { Command } from 'commander';
import { rebuildNow } from '../coupons/rebuild-now.ts';
import { act, EXIT_OK, idOption } from './action.ts';
import { type Confirmable, commandActor, confirm, withServers } from './operator.ts';
import { print, printJson } from './output.ts';
import { withProgress } from './progress.ts';

export function addRebuild(program: Command): void {
  program
    .command('rebuild')
    .summary('make what Redis has of a coupon anew, from MySQL')
    .description(
      'Makes the holders, the counter and the stock of a coupon in Redis anew, from the rows of MySQL, the outbox and the dead ' +
        'letters. Nothing of the coupon is issued meanwhile (some seconds for each million of rows). The server does this by ' +
        'itself after a loss of Redis.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: Confirmable & { json?: boolean }) =>
      act(options, (config) =>
        withServers(config, async (servers) => {
          await confirm(options, `While coupon ${couponId} is rebuilt, nobody is issued one.`);
          const started = performance.now();
          const order = { couponId, actor: commandActor() };
          const { holders, sequence, lost, restored } = await withProgress('rows', (report) =>
            rebuildNow(servers, order, ({ rows, rowsTotal }) => report(rows, rowsTotal)),
          );
          const ms = Math.round(performance.now() - started);
          if (options.json) printJson({ ok: true, holders, sequence, lost, restored, ms });
          else print(`Coupon ${couponId} is rebuilt in ${ms} ms: ${holders} holders, highest sequence ${sequence}.`);
          if (lost > 0 && !options.json) print(`${lost} sequence numbers are in no store: see verify.`);
          return EXIT_OK;
        }),
      ),
    );
}
