// couponrush user show, user erase
import type { Command } from 'commander';
import type { Erasure } from '../coupons/erase.ts';
import type { UserOverview } from '../overview/holder.ts';
import type { UserKey } from '../user-id.ts';
import { act, EXIT_FAILED, EXIT_OK, storedUserOption } from './action.ts';
import { type Json, withAdmin } from './admin-client.ts';
import { visible } from './columns.ts';
import { localTime, type ZoneOption, zoneOf, zoneOption } from './local-time.ts';
import { type Confirmable, confirm } from './operator.ts';
import { type Cell, print, printJson, table } from './output.ts';
import { reasonOption } from './reason.ts';

interface EraseOptions extends Confirmable {
  readonly reason: string;
  readonly evenOpen?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addUser(program: Command): void {
  const group = program.command('user').summary('what one user has, and erasing one').description('One user.');
  group
    .command('show')
    .summary('all coupons of one user, and what became of each')
    .argument('<userId>', 'id of the user', storedUserOption)
    .option('--json', 'print one JSON object')
    .action((userId: UserKey, options: { json?: boolean }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const user = await admin.get<Json<UserOverview>>(`/users/${encodeURIComponent(userId)}`);
          if (options.json) printJson(user);
          else print(describeUser(user));
          return EXIT_OK;
        }),
      ),
    );
  group
    .command('erase')
    .summary('put a pseudonym in the place of a user who asked to be erased')
    .description(
      'Puts a pseudonym in the place of a user in both stores, the ' +
        'audit included. What was issued stays issued, so verify, ' +
        'rebuild and archive agree as before. It can not be undone; ' +
        'docs/erase.md says what is kept. Repeat it to go on with ' +
        'one that was interrupted.',
    )
    .argument('<userId>', 'id of the user', storedUserOption)
    .requiredOption('--reason <text>', 'kept in the audit table: do not name the user in it', reasonOption)
    .option('--even-open', 'also while a coupon of theirs can be issued: they could get it again, as a stranger')
    .option('--dry-run', 'only say where the user is')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object')
    .action((userId: UserKey, options: EraseOptions) =>
      act(options, async (config) => {
        const { reason, evenOpen = false, dryRun = false } = options;
        const path = `/users/${encodeURIComponent(userId)}`;
        return withAdmin(config, async (admin) => {
          const { coupons } = await admin.get<Json<UserOverview>>(path);
          const names = new Map(coupons.map(({ couponId, name }) => [couponId, name]));
          if (!dryRun) {
            const where = names.size > 0 ? ` (${inCoupons([...names.keys()], names)})` : '';
            await confirm(options, `Erasing user ${userId}${where} can not be undone.`);
          }
          const erasure = await admin.post<Erasure>(`${path}/erase`, { reason, evenOpen, dryRun });
          if (options.json) printJson({ ok: erasure.inEffect, ...erasure });
          else print(describeErasure(userId, erasure, dryRun, names));
          return erasure.inEffect ? EXIT_OK : EXIT_FAILED;
        });
      }),
    );
  addErasures(group);
}

interface Erasures {
  readonly erasures: readonly { readonly userId: UserKey; readonly pseudonym: UserKey; readonly requestedAt: string }[];
  readonly total: number;
}

function addErasures(group: Command): void {
  group
    .command('erasures')
    .summary('erasures that have begun and not ended')
    .description(
      'Lists erasures that have begun and not ended, oldest first: repeat user erase for such a user to end it. ' +
        'Exits with 0 if there is none.',
    )
    .option(...zoneOption)
    .option('--json', 'print one JSON object')
    .action((options: ZoneOption & { json?: boolean }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const found = await admin.get<Erasures>('/erasures');
          if (options.json) printJson({ ok: found.total === 0, ...found });
          else print(describeErasures(found, zoneOf(options, config)));
          return found.total === 0 ? EXIT_OK : EXIT_FAILED;
        }),
      ),
    );
}

function describeErasures({ erasures, total }: Erasures, zone: string): string {
  if (total === 0) return 'Each erasure has ended.';
  const rows = erasures.map(({ userId, pseudonym, requestedAt }): Cell[] => [
    String(userId),
    String(pseudonym),
    localTime(requestedAt, zone),
  ]);
  const lines = [table([['user', 'pseudonym', 'requested at'], ...rows])];
  if (total > rows.length) lines.push(`and ${total - rows.length} newer ones`);
  return lines.join('\n');
}

function describeUser({ userId, erased, coupons, more }: Json<UserOverview>): string {
  const who = erased ? `${userId} is the pseudonym of a user who was erased` : `User ${userId}`;
  if (coupons.length === 0) return `${who}: no coupon.`;
  const rows = coupons.map(({ couponId, name, status, sequence, issuedAt, revocation, deadLetter }): Cell[] => [
    String(couponId),
    name,
    status,
    String(sequence),
    issuedAt,
    revocation
      ? `revoked ${revocation.at} by ${revocation.by}: ${revocation.reason ?? ''}`
      : (deadLetter?.reason ?? ''),
  ]);
  const lines = [`${who}`, '', table([['coupon', 'name', 'status', 'sequence', 'issued at', ''], ...rows])];
  if (more > 0) lines.push(`and ${more} older coupons`);
  return lines.join('\n');
}

/** `in coupon 2 (Opening sale)` */
function inCoupons(ids: readonly number[], names: ReadonlyMap<number, string>): string {
  if (ids.length === 0) return 'in no coupon';
  const named = ids.map((id) => (names.has(id) ? `${id} (${visible(names.get(id) as string)})` : `${id}`));
  return `in coupon${ids.length > 1 ? 's' : ''} ${named.join(', ')}`;
}

export function describeErasure(
  userId: UserKey,
  { pseudonym, coupons, inEffect }: Erasure,
  dryRun: boolean,
  names: ReadonlyMap<number, string>,
): string {
  const where = inCoupons(coupons, names);
  if (dryRun) return `Nothing is changed. User ${userId} ${coupons.length > 0 ? 'would be erased' : 'is'} ${where}.`;
  if (pseudonym === null) return `Nothing of user ${userId} is here: nothing had to be changed.`;
  if (!inEffect) return `MySQL has no user ${userId} any more, Redis not everywhere yet: repeat the command to end it.`;
  return `User ${userId} is erased, ${where}: ${pseudonym} stands in their place.`;
}
