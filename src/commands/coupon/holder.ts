// couponrush coupon holder <couponId> <userId>
import type { Command } from 'commander';
import type { Holder } from '../../overview/holder.ts';
import type { UserKey } from '../../user-id.ts';
import { act, EXIT_OK, idOption, storedUserOption } from '../action.ts';
import { type Json, withAdmin } from '../admin-client.ts';
import { type Cell, print, printJson, table } from '../output.ts';

export function addHolder(group: Command): void {
  group
    .command('holder')
    .summary("what became of one user's coupon")
    .description(
      "What became of one user's coupon: its number, when it was " +
        'issued and written to MySQL, its status, and who revoked it ' +
        'when and why. `user show` shows all coupons of a user.',
    )
    .argument('<couponId>', 'id of the coupon', idOption)
    .argument('<userId>', 'id of the user', storedUserOption)
    .option('--json', 'print one JSON object')
    .action((couponId: number, userId: UserKey, options: { json?: boolean }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const holder = await admin.get<Json<Holder>>(`/coupons/${couponId}/holders/${encodeURIComponent(userId)}`);
          if (options.json) printJson(holder);
          else print(describeHolder(holder));
          return EXIT_OK;
        }),
      ),
    );
}

function describeHolder(holder: Json<Holder>): string {
  const { revocation, deadLetter } = holder;
  const rows: Cell[][] = [
    ['status', holder.status],
    ['sequence', String(holder.sequence)],
    ['issued at', holder.issuedAt],
    ['in MySQL at', holder.persistedAt ?? 'not yet'],
    ['discount', discountOf(holder)],
    ['expires at', holder.expiredAt ?? 'never'],
    ['in Redis', holder.inRedis],
  ];
  if (revocation) {
    rows.push(
      ['revoked at', `${revocation.at}${revocation.inEffect ? '' : ' (not in Redis yet)'}`],
      ['revoked by', revocation.by],
      ['reason', revocation.reason ?? ''],
    );
  }
  if (deadLetter) rows.push(['refused', `${deadLetter.code}: ${deadLetter.reason} (dead letter ${deadLetter.id})`]);
  return `Coupon ${holder.couponId} (${holder.name}) of user ${holder.userId}\n\n${table(rows)}`;
}

function discountOf({ discountType, discountAmount }: Json<Holder>): string {
  return discountType === 'PERCENT' ? `${discountAmount}%` : String(discountAmount);
}
