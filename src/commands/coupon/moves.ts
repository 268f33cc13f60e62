// couponrush coupon preload, pause, resume, restock, revoke, close, archive
import type { Command } from 'commander';
import type { OverviewJson } from '../../overview/overview.ts';
import type { UserKey } from '../../user-id.ts';
import type { Verification } from '../../verify/verify.ts';
import { act, CommandFailure, EXIT_OK, EXIT_USAGE, idOption, integerOption, userOption } from '../action.ts';
import { type AdminClient, withAdmin } from '../admin-client.ts';
import type { Report } from '../admin-transport.ts';
import { type Confirmable, confirm, type MoveAnswer, tellMove } from '../operator.ts';
import { print, printJson } from '../output.ts';
import { withProgress } from '../progress.ts';
import { reasonOption } from '../reason.ts';
import { describeVerification } from '../verify.ts';
import { stockOption } from './fields.ts';
import { addPause, addStop } from './pause.ts';
import { type RevokeListOptions, revokeList } from './revoke-list.ts';
import { dryRunOption, yesOption } from './slips.ts';
import { askedFirst } from './unusual-move.ts';
import { versionOption } from './version.ts';
import { namedCoupon, unitAfterRevoke } from './words.ts';

const CLOSE_STEP_SECONDS = 5;

interface MoveOptions {
  readonly ifVersion?: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
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
    .option(...dryRunOption)
    .option('--json', 'print one JSON object');
}

/** One move by its name in the admin API. */
type Ask = <T extends MoveAnswer>(fields?: object, report?: Report) => Promise<T>;

function run(
  options: MoveOptions,
  [move, couponId]: readonly [move: string, couponId: number],
  work: (ask: Ask, admin: AdminClient) => Promise<number>,
): Promise<void> {
  const { ifVersion: version, reason, dryRun } = options;
  const path = `/coupons/${couponId}/${move}`;
  return act(options, (config) =>
    withAdmin(config, (admin) =>
      work((fields, report) => admin.post(path, { version, reason, dryRun, ...fields }, report), admin),
    ),
  );
}

export function addMoves(group: Command): void {
  addPreload(group);
  addPause(group);
  addStop(group);
  moveCommand(group, 'resume', 'go on issuing').action((id: number, options: MoveOptions) =>
    run(options, ['resume', id], async (ask) => {
      const outcome = await ask();
      const isDraft = outcome.coupon.state === 'DRAFT';
      return tellMove(
        options,
        outcome,
        `Coupon ${id} is ${isDraft ? 'a draft that is no longer held' : 'open again'}.`,
      );
    }),
  );
  addRestock(group);
  addRevoke(group);
  addClose(group);
  addArchive(group);
}

function addPreload(group: Command): void {
  moveCommand(group, 'preload', 'load a draft into Redis, where it opens by the clock')
    .description(
      'Loads a draft into Redis. It opens at its opening time by ' +
        'the clock of Redis, or at once if it has none. Repeating ' +
        'it changes nothing.',
    )
    .action((id: number, options: MoveOptions) =>
      run(options, ['preload', id], async (ask) => {
        const outcome = await ask();
        const { changed, coupon } = outcome;
        if (outcome.dryRun) return tellMove(options, outcome, '');
        if (options.json) printJson({ ok: true, changed, coupon });
        else print(changed ? `Coupon ${id} is loaded.` : `Coupon ${id} was loaded already.`);
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
    .option(...yesOption)
    .action((id: number, options: MoveOptions & Confirmable & { add?: number; total?: number }) =>
      run(options, ['restock', id], async (ask) => {
        const { add, total } = options;
        if ((add === undefined) === (total === undefined)) {
          throw new CommandFailure('give either --add or --total', EXIT_USAGE);
        }
        const stock = add === undefined ? { totalStock: total } : { add };
        const words = ({ coupon }: MoveAnswer) =>
          `Coupon ${id} would have a stock of ${coupon.totalStock.toLocaleString('en-US')}, ` +
          `${coupon.left.toLocaleString('en-US')} of them left.`;
        const outcome = await askedFirst(options, (more) => ask({ ...stock, ...more }), words);
        if (outcome.dryRun && !options.json) {
          print(`Nothing is changed. ${words(outcome)}`);
          return EXIT_OK;
        }
        const { totalStock, left } = outcome.coupon;
        const [total_, left_] = [totalStock, left].map((n) => n.toLocaleString('en-US'));
        return tellMove(options, outcome, `Coupon ${id} has a stock of ${total_}; ${left_} are left in MySQL.`);
      }),
    );
}

type RevokeOptions = MoveOptions & Partial<RevokeListOptions>;

function addRevoke(group: Command): void {
  moveCommand(group, 'revoke', "take one user's coupon back")
    .description(
      "Takes one user's coupon back: the row becomes REVOKED " +
        'and keeps its number, and the user gets no second one. While the coupon is open, ' +
        'the unit can be issued to another user. It can not be undone.',
    )
    .argument('[userId]', 'id of the user', userOption)
    .option('--from <file>', 'the users of a file, one id a line, with a record for each; repeat it to go on')
    .option('--yes', 'do not ask')
    .action((id: number, userId: UserKey | undefined, options: RevokeOptions, command: Command) => {
      const { from } = options;
      if ((userId === undefined) === (from === undefined)) {
        command.error("error: give either the argument 'userId', or --from with a file");
      }
      if (from !== undefined) {
        if (options.ifVersion !== undefined)
          command.error("error: '--if-version' is for one user, and --from is for many");
        return act(options, (config) => withAdmin(config, (admin) => revokeList(admin, id, { ...options, from })));
      }
      return run(options, ['revoke', id], async (ask) => {
        if (!options.dryRun) await confirm(options, `Revoking the coupon ${id} of user ${userId} can not be undone.`);
        const outcome = await ask({ userId });
        const unit = unitAfterRevoke(outcome.coupon, Date.now());
        return tellMove(options, outcome, `The coupon ${id} of user ${userId} is revoked; ${unit}.`);
      });
    });
}

function addClose(group: Command): void {
  moveCommand(group, 'close', 'end a coupon for good')
    .description(
      'Ends a coupon for good, and waits until MySQL has every ' +
        'coupon that was issued. Exits with 1 if it does not have ' +
        'them in time: the coupon is closed all the same, and repeating the command waits on.',
    )
    .option('--wait <seconds>', 'for MySQL to have all of them', integerOption(0, 86_400), 60)
    .option('--yes', 'do not ask')
    .action((id: number, options: MoveOptions & Confirmable & { wait: number }) =>
      run(options, ['close', id], async (ask, admin) => {
        await confirmEnd(options, admin, id, 'It is closed for good: no user gets one afterwards.');
        const outcome = await withProgress(
          'outbox entries are left: the coupon is closed, and they go to MySQL',
          (report) => closeAndWait(ask, options.wait, report),
        );
        const { drained, backlog, deadLetters } = outcome;
        const state = drained
          ? `MySQL has every coupon that was issued${deadLetters > 0 ? `, except ${deadLetters} in dead letters` : ''}`
          : `${backlog} outbox entries are still on their way to MySQL: repeat the command to wait on`;
        const more = { done: drained, drained, backlog, deadLetters };
        const code = tellMove(options, outcome, `Coupon ${id} is closed for good.`, more);
        if (!options.json && !options.dryRun) print(`${state}.`);
        return code;
      }),
    );
}

/** Names the coupon, so that a wrong id is seen. */
async function confirmEnd(
  options: MoveOptions & Confirmable,
  admin: AdminClient,
  id: number,
  consequence: string,
): Promise<void> {
  if (options.dryRun || options.yes) return;
  const { live, ...coupon } = await admin.get<OverviewJson>(`/coupons/${id}`);
  await confirm(options, `${namedCoupon({ ...coupon, left: live?.left ?? coupon.stock })}: ${consequence}`);
}

interface CloseAnswer extends MoveAnswer {
  readonly drained: boolean;
  readonly backlog: number;
  readonly deadLetters: number;
}

/** Asks again and again: a request waits for some seconds at most, and closing what is closed only waits on. */
async function closeAndWait(ask: Ask, seconds: number, report: Report): Promise<CloseAnswer> {
  const until = performance.now() + seconds * 1000;
  let changed = false;
  for (;;) {
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    const answer = await ask<CloseAnswer>({ waitSeconds: Math.min(left, CLOSE_STEP_SECONDS) }, report);
    changed ||= answer.changed;
    if (answer.drained || answer.dryRun || performance.now() >= until) return { ...answer, changed };
    report(answer.backlog, null);
  }
}

function addArchive(group: Command): void {
  moveCommand(group, 'archive', 'prove a closed coupon, and remove it from Redis')
    .description(
      'Compares Redis and MySQL for the last time. Only if everything ' +
        'agrees, and nothing waits, the keys of the coupon are ' +
        'removed from Redis. MySQL keeps everything. A draft that is not wanted is archived without a check.',
    )
    .option('--yes', 'do not ask')
    .action((id: number, options: MoveOptions & Confirmable) =>
      run(options, ['archive', id], async (ask, admin) => {
        await confirmEnd(options, admin, id, 'It is archived for good, and removed from Redis.');
        const outcome = await withProgress('holders and rows', (report) =>
          ask<MoveAnswer & { verification: Verification | null }>({}, report),
        );
        if (!options.json && outcome.verification) print(`${describeVerification(outcome.verification)}\n`);
        return tellMove(options, outcome, `Coupon ${id} is archived.`, { verification: outcome.verification });
      }),
    );
}
