// couponrush coupon preload, pause, resume, restock, revoke, close, archive
import type { Command } from 'commander';
import { archiveCoupon } from '../../coupons/archive.ts';
import { closeCoupon } from '../../coupons/close.ts';
import type { Order } from '../../coupons/move.ts';
import { pauseCoupon, resumeCoupon } from '../../coupons/pause.ts';
import { preloadCoupon } from '../../coupons/preload.ts';
import { restockCoupon } from '../../coupons/restock.ts';
import { revokeIssuance } from '../../coupons/revoke.ts';
import { couponJson } from '../../overview/overview.ts';
import { readCoupon } from '../../store/tables/coupons.ts';
import type { Stores } from '../../stores.ts';
import type { UserKey } from '../../user-id.ts';
import { act, CommandFailure, EXIT_OK, EXIT_USAGE, idOption, integerOption, userOption } from '../action.ts';
import { type Confirmable, commandActor, confirm, tellMove, withServers } from '../operator.ts';
import { print, printJson } from '../output.ts';
import { withProgress } from '../progress.ts';
import { reasonOption } from '../reason.ts';
import { describeVerification } from '../verify.ts';
import { stockOption } from './fields.ts';
import { versionOption } from './version.ts';

interface MoveOptions {
  readonly ifVersion?: number;
  readonly reason?: string;
  readonly json?: boolean;
}

/** A subcommand with what each move takes. */
function moveCommand(group: Command, name: string, summary: string): Command {
  return group
    .command(name)
    .summary(summary)
    .argument('<couponId>', 'id of the coupon', idOption)
    .option(...versionOption)
    .option('--reason <text>', 'kept in the audit table', reasonOption)
    .option('--json', 'print one JSON object');
}

function run(
  options: MoveOptions,
  couponId: number,
  work: (servers: Stores, order: Order) => Promise<number>,
): Promise<void> {
  const { ifVersion, reason } = options;
  return act(options, (config) =>
    withServers(config, (servers) => work(servers, { couponId, actor: commandActor(), ifVersion, reason })),
  );
}

export function addMoves(group: Command): void {
  addPreload(group);
  moveCommand(group, 'pause', 'stop issuing at once, until it is resumed').action((id: number, options: MoveOptions) =>
    run(options, id, async (servers, order) =>
      tellMove(options, await pauseCoupon(servers, order), `Coupon ${id} is paused.`),
    ),
  );
  moveCommand(group, 'resume', 'go on issuing').action((id: number, options: MoveOptions) =>
    run(options, id, async (servers, order) =>
      tellMove(options, await resumeCoupon(servers, order), `Coupon ${id} is open again.`),
    ),
  );
  addRestock(group);
  addRevoke(group);
  addClose(group);
  addArchive(group);
}

function addPreload(group: Command): void {
  moveCommand(group, 'preload', 'load a draft into Redis, where it opens by the clock')
    .description(
      'Loads a draft into Redis. It opens at its opening time by the clock of Redis, or at once if it has none. Repeating ' +
        'it changes nothing.',
    )
    .action((id: number, options: MoveOptions) =>
      run(options, id, async (servers, { couponId, ...order }) => {
        const outcome = await preloadCoupon(servers, couponId, order);
        if (outcome === 'absent') throw new CommandFailure(`there is no coupon ${id}`);
        if (outcome === 'archived') throw new CommandFailure(`coupon ${id} is archived`);
        const coupon = await readCoupon(servers.database, couponId);
        if (options.json)
          printJson({ ok: true, changed: outcome === 'preloaded', coupon: coupon && couponJson(coupon) });
        else print(outcome === 'preloaded' ? `Coupon ${id} is loaded.` : `Coupon ${id} was loaded already.`);
        return EXIT_OK;
      }),
    );
}

function addRestock(group: Command): void {
  moveCommand(group, 'restock', 'change how many may be issued, while it runs')
    .description(
      'Changes how many coupons may be issued, while they are issued: never to less than are issued already.',
    )
    .option('--add <n>', 'so many more', stockOption)
    .option('--total <n>', 'so many in total', stockOption)
    .action((id: number, options: MoveOptions & { add?: number; total?: number }) =>
      run(options, id, async (servers, order) => {
        const { add, total } = options;
        if ((add === undefined) === (total === undefined)) {
          throw new CommandFailure('give either --add or --total', EXIT_USAGE);
        }
        const outcome = await restockCoupon(servers, order, add === undefined ? { total: total as number } : { add });
        return tellMove(options, outcome, `Coupon ${id} has a stock of ${outcome.coupon.totalStock}.`);
      }),
    );
}

function addRevoke(group: Command): void {
  moveCommand(group, 'revoke', "take one user's coupon back")
    .description(
      "Takes one user's coupon back: the row becomes REVOKED and keeps its number, the unit can be issued to somebody " +
        'else, and the user gets no second one. It can not be undone.',
    )
    .argument('<userId>', 'id of the user', userOption)
    .option('--yes', 'do not ask')
    .action((id: number, userId: UserKey, options: MoveOptions & Confirmable) =>
      run(options, id, async (servers, order) => {
        await confirm(options, `Revoking the coupon ${id} of user ${userId} can not be undone.`);
        const outcome = await revokeIssuance(servers, order, userId);
        return tellMove(options, outcome, `The coupon ${id} of user ${userId} is revoked; its unit is in stock again.`);
      }),
    );
}

function addClose(group: Command): void {
  moveCommand(group, 'close', 'end a coupon for good')
    .description(
      'Ends a coupon for good, and waits until MySQL has every coupon that was issued. Exits with 1 if it does not have ' +
        'them in time: the coupon is closed all the same, and repeating the command waits on.',
    )
    .option('--wait <seconds>', 'for MySQL to have all of them', integerOption(0, 86_400), 60)
    .option('--yes', 'do not ask')
    .action((id: number, options: MoveOptions & Confirmable & { wait: number }) =>
      run(options, id, async (servers, order) => {
        await confirm(options, `Closing coupon ${id} can not be undone: nobody is issued one afterwards.`);
        const outcome = await withProgress(
          'outbox entries are left: the coupon is closed, and they go to MySQL',
          (report) => closeCoupon(servers, order, options.wait * 1000, (backlog) => report(backlog, null)),
        );
        const { drained, backlog, deadLetters } = outcome;
        const state = drained
          ? `MySQL has every coupon that was issued${deadLetters > 0 ? `, except ${deadLetters} in dead letters` : ''}`
          : `${backlog} outbox entries are still on their way to MySQL: repeat the command to wait on`;
        const more = { done: drained, drained, backlog, deadLetters };
        const code = tellMove(options, outcome, `Coupon ${id} is closed for good.`, more);
        if (!options.json) print(`${state}.`);
        return code;
      }),
    );
}

function addArchive(group: Command): void {
  moveCommand(group, 'archive', 'prove a closed coupon, and remove it from Redis')
    .description(
      'Compares Redis and MySQL for the last time. Only if everything agrees, and nothing waits, the keys of the coupon are ' +
        'removed from Redis. MySQL keeps everything. A draft that is not wanted is archived without a check.',
    )
    .option('--yes', 'do not ask')
    .action((id: number, options: MoveOptions & Confirmable) =>
      run(options, id, async (servers, order) => {
        await confirm(options, `Archiving removes coupon ${id} from Redis.`);
        const outcome = await withProgress('holders and rows', (report) => archiveCoupon(servers, order, report));
        if (!options.json && outcome.verification) print(`${describeVerification(outcome.verification)}\n`);
        return tellMove(options, outcome, `Coupon ${id} is archived.`, { verification: outcome.verification });
      }),
    );
}
