// couponrush coupon revoke <couponId> --from FILE: the coupons of many users, batch by batch.
// Promise: a file with a bad line changes nothing. What was interrupted goes on when the command is repeated: users who
// were revoked before are counted, and left as they are.
import { readFileSync } from 'node:fs';
import { type RevokedUsers, USERS_A_BATCH } from '../../coupons/revoke-many.ts';
import { readStoredUser, type UserKey } from '../../user-id.ts';
import { CommandFailure, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../action.ts';
import type { AdminClient } from '../admin-client.ts';
import { type Confirmable, confirm, type MoveAnswer } from '../operator.ts';
import { joinRanges, print, printJson } from '../output.ts';
import { withProgress } from '../progress.ts';

export interface RevokeListOptions extends Confirmable {
  readonly from: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const USERS_MAX = 1_000_000;
const BAD_SHOWN = 3;
const SHOWN = 20;

/** One user id a line; empty lines and those that begin with # are passed over. @throws CommandFailure */
export function readUserList(file: string): UserKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file} can not be read: ${(error as Error).message}`, EXIT_USAGE);
  }
  return parseUserList(text, file);
}

export function parseUserList(text: string, file: string): UserKey[] {
  const users = new Set<UserKey>();
  const bad: string[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    // A pseudonym too: what an erased user holds can be taken back.
    const user = readStoredUser(line);
    if (user !== null) users.add(user);
    else bad.push(`line ${index + 1}: ${JSON.stringify(line.slice(0, 40))}`);
  }
  if (bad.length > 0) {
    const more = bad.length > BAD_SHOWN ? `, and ${bad.length - BAD_SHOWN} more` : '';
    throw new CommandFailure(
      `${file} must have one user id a line, and nothing was changed: ${bad.slice(0, BAD_SHOWN).join(', ')}${more}`,
      EXIT_USAGE,
    );
  }
  if (users.size === 0 || users.size > USERS_MAX) {
    throw new CommandFailure(`${file} has ${users.size} user ids, and 1 to ${USERS_MAX} are possible`, EXIT_USAGE);
  }
  return [...users];
}

export async function revokeList(admin: AdminClient, couponId: number, options: RevokeListOptions): Promise<number> {
  const { reason, dryRun } = options;
  if (reason === undefined) throw new CommandFailure('--from needs --reason: it is kept with each user', EXIT_USAGE);
  const users = readUserList(options.from);
  const send = (isDryRun: boolean) => sendAll(admin, couponId, users, { reason, dryRun: isDryRun });
  if (dryRun || !options.yes) {
    const preview = await send(true);
    if (dryRun) return tell(options, couponId, users.length, preview);
    await confirm(options, `${describe(couponId, users.length, preview, true)} Revoking can not be undone.`);
  }
  return tell(options, couponId, users.length, await send(false));
}

type Total = RevokedUsers & { readonly inEffect: boolean };

async function sendAll(
  admin: AdminClient,
  couponId: number,
  users: readonly UserKey[],
  body: { readonly reason: string; readonly dryRun: boolean },
): Promise<Total> {
  let total: Total = { revoked: 0, revokedBefore: 0, notIssued: [], notDrained: [], otherwise: [], inEffect: true };
  await withProgress('users', async (report) => {
    for (let start = 0; start < users.length; start += USERS_A_BATCH) {
      const userIds = users.slice(start, start + USERS_A_BATCH);
      const path = `/coupons/${couponId}/revocations`;
      const answer = await admin.post<MoveAnswer & RevokedUsers>(path, { ...body, userIds }).catch((error) => {
        if (start > 0 && error instanceof CommandFailure) throw interrupted(error, start, users.length);
        throw error;
      });
      total = {
        revoked: total.revoked + answer.revoked,
        revokedBefore: total.revokedBefore + answer.revokedBefore,
        notIssued: [...total.notIssued, ...answer.notIssued],
        notDrained: [...total.notDrained, ...answer.notDrained],
        otherwise: [...total.otherwise, ...answer.otherwise],
        // A dry run takes no effect, and is no failure.
        inEffect: total.inEffect && (body.dryRun || answer.inEffect),
      };
      report(start + userIds.length, users.length);
    }
  });
  return total;
}

function interrupted(error: CommandFailure, done: number, all: number): CommandFailure {
  const sentence = `${error.message}. ${done} of ${all} users are done: repeat the command to go on`;
  return new CommandFailure(sentence, error.exitCode, error.code);
}

function tell(options: RevokeListOptions, couponId: number, listed: number, total: Total): number {
  const ok = total.inEffect && total.notDrained.length === 0 && total.otherwise.length === 0;
  const dryRun = options.dryRun ?? false;
  if (options.json) printJson({ ok, dryRun, listed, ...total });
  else {
    print(describe(couponId, listed, total, dryRun));
    for (const line of details(total)) print(line);
  }
  return ok ? EXIT_OK : EXIT_FAILED;
}

function describe(couponId: number, listed: number, total: Total, before: boolean): string {
  const { revoked, revokedBefore, notIssued } = total;
  return (
    `Coupon ${couponId}: of ${listed} users in the list, ${revoked} ${before ? 'would be' : 'are'} revoked, ` +
    `${revokedBefore} were before, ${notIssued.length} do not hold it.`
  );
}

function details({ notIssued, notDrained, otherwise, inEffect }: Total): string[] {
  const some = (users: readonly UserKey[]) =>
    joinRanges(users.slice(0, SHOWN)) + (users.length > SHOWN ? `, and ${users.length - SHOWN} more` : '');
  const used = otherwise.map(({ userId }) => userId);
  return [
    ...(notIssued.length > 0 ? [`do not hold it: ${some(notIssued)}`] : []),
    ...(notDrained.length > 0
      ? [`on their way to MySQL, or dead letters, repeat the command: ${some(notDrained)}`]
      : []),
    ...(used.length > 0 ? [`used, cancelled or expired, left as they are: ${some(used)}`] : []),
    ...(inEffect ? [] : ['MySQL has it, Redis does not yet: it follows by itself as soon as it can be reached.']),
  ];
}
