// couponrush dead list, show, redrive, resolve: rows that MySQL refused.
import type { Command } from 'commander';
import type { DeadLetter } from '../outbox/dead-letters.ts';
import { act, CommandFailure, EXIT_FAILED, EXIT_OK, EXIT_USAGE, idOption, integerOption } from './action.ts';
import { type AdminClient, type Json, type Parameters, withAdmin } from './admin-client.ts';
import { dryRunOption } from './coupon/slips.ts';
import { localTime, type ZoneOption, zoneOf, zoneOption } from './local-time.ts';
import { type Confirmable, confirm } from './operator.ts';
import { type Cell, print, printJson, table } from './output.ts';
import { reasonOption } from './reason.ts';

interface Output extends ZoneOption {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** 16 KB hold so many, with a reason. */
const IDS_A_REQUEST = 300;
const LIST_MAX = 1000;
const LETTER_ID = /^\d{1,19}-\d{1,19}$/;

export function addDead(program: Command): void {
  const group = program
    .command('dead')
    .summary('issued coupons that MySQL refused')
    .description(
      'Dead letters: rows that MySQL refused three times. Their ' +
        'users hold the coupon. Repair the cause and redrive them, or ' +
        'give them up with a reason that is kept (resolve).',
    );
  addList(group);
  addShow(group);
  addRedrive(group);
  addResolve(group);
}

function addList(group: Command): void {
  group
    .command('list')
    .summary('the dead letters of a coupon, oldest first')
    .argument('<couponId>', 'id of the coupon', idOption)
    .option('--limit <n>', 'how many', integerOption(1, LIST_MAX), 50)
    .option('--after <letterId>', 'only younger ones than this')
    .option(...zoneOption)
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: Output & { limit: number; after?: string }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const { limit, after } = options;
          if (after !== undefined) checkIds([after]);
          const letters = await readLetters(admin, couponId, { after, limit });
          if (options.json) printJson({ letters });
          else
            print(
              letters.length === 0
                ? `Coupon ${couponId} has no dead letters.`
                : letterTable(letters, zoneOf(options, config)),
            );
          return EXIT_OK;
        }),
      ),
    );
}

function addShow(group: Command): void {
  group
    .command('show')
    .summary('all that is known of one')
    .argument('<couponId>', 'id of the coupon', idOption)
    .argument('<letterId>', 'id of the dead letter')
    .option('--json', 'print one JSON object')
    .action((couponId: number, letterId: string, options: Output) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          checkIds([letterId]);
          const [letter] = await readLetters(admin, couponId, { id: letterId });
          if (!letter) throw new CommandFailure(`coupon ${couponId} has no dead letter ${letterId}`);
          if (options.json) printJson(letter);
          else print(table(Object.entries(letter).map(([name, value]): Cell[] => [name, textOf(value)])));
          return EXIT_OK;
        }),
      ),
    );
}

function addRedrive(group: Command): void {
  group
    .command('redrive')
    .summary('send them back to MySQL')
    .argument('<couponId>', 'id of the coupon', idOption)
    .argument('[letterIds...]', 'ids of dead letters')
    .option('--all', 'all there are now')
    .option(...dryRunOption)
    .option('--json', 'print one JSON object')
    .action((couponId: number, letterIds: string[], options: Output & { all?: boolean }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          if (letterIds.length > 0 === (options.all === true)) {
            throw new CommandFailure('give ids of dead letters, or --all', EXIT_USAGE);
          }
          checkIds(letterIds);
          const path = `/coupons/${couponId}/dead-letters/redrive`;
          const answers: { sent: number }[] = [];
          for (const body of options.all ? [{ all: true }] : pagesOf(letterIds))
            answers.push(await admin.post(path, { ...body, dryRun: options.dryRun }));
          const sent = answers.reduce((sum, answer) => sum + answer.sent, 0);
          const ok = options.all === true || sent === letterIds.length;
          if (options.json) printJson({ ok, sent, dryRun: options.dryRun });
          else if (options.dryRun) print(`Nothing is changed. ${sent} dead letters would be sent to MySQL again.`);
          else print(`${sent} of the dead letters of coupon ${couponId} are on their way to MySQL again.`);
          return ok ? EXIT_OK : EXIT_FAILED;
        }),
      ),
    );
}

function addResolve(group: Command): void {
  group
    .command('resolve')
    .summary('give them up, with a reason that is kept')
    .argument('<couponId>', 'id of the coupon', idOption)
    .argument('<letterIds...>', 'ids of dead letters')
    .requiredOption('--reason <text>', 'why, up to 500 characters', reasonOption)
    .option(...dryRunOption)
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object')
    .action((couponId: number, letterIds: string[], options: Output & Confirmable & { reason: string }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          checkIds(letterIds);
          if (!options.dryRun)
            await confirm(
              options,
              `Giving up ${letterIds.length} issued coupons of coupon ${couponId} can not be undone.`,
            );
          let resolved = 0;
          for (const page of pagesOf(letterIds)) {
            const body = { ...page, reason: options.reason, dryRun: options.dryRun };
            const path = `/coupons/${couponId}/dead-letters/resolve`;
            resolved += (await admin.post<{ resolved: number }>(path, body)).resolved;
          }
          const ok = resolved === letterIds.length;
          if (options.json) printJson({ ok, resolved, dryRun: options.dryRun });
          else if (options.dryRun) print(`Nothing is changed. ${resolved} dead letters would be resolved.`);
          else print(`${resolved} dead letters of coupon ${couponId} are resolved.`);
          return ok ? EXIT_OK : EXIT_FAILED;
        }),
      ),
    );
}

async function readLetters(
  admin: AdminClient,
  couponId: number,
  parameters: Parameters,
): Promise<readonly Json<DeadLetter>[]> {
  const path = `/coupons/${couponId}/dead-letters`;
  return (await admin.get<{ letters: readonly Json<DeadLetter>[] }>(path, parameters)).letters;
}

/** As many as one request may carry. */
function pagesOf(ids: readonly string[]): { readonly ids: readonly string[] }[] {
  const pages = Math.ceil(ids.length / IDS_A_REQUEST);
  return Array.from({ length: pages }, (_, page) => ({
    ids: ids.slice(page * IDS_A_REQUEST, (page + 1) * IDS_A_REQUEST),
  }));
}

function checkIds(ids: readonly string[]): void {
  for (const id of ids) {
    if (!LETTER_ID.test(id)) throw new CommandFailure(`${id} is no id of a dead letter: see dead list`, EXIT_USAGE);
  }
}

function letterTable(letters: readonly Json<DeadLetter>[], zone: string): string {
  const rows = letters.map(({ id, userId, sequence, code, attempts, at, reason }): Cell[] => [
    id,
    userId === null ? 'unreadable' : String(userId),
    sequence === null ? '' : String(sequence),
    code,
    attempts,
    localTime(at, zone),
    reason.slice(0, 60),
  ]);
  return table([['letter', 'user', 'sequence', 'code', 'tries', 'at', 'reason'], ...rows]);
}

function textOf(value: unknown): string {
  return value === null ? '-' : String(value);
}
