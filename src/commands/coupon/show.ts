// couponrush coupon list, coupon show
import type { Command } from 'commander';
import { type CouponOverview, overviewJson, overviewOf } from '../../overview/overview.ts';
import { redisNow } from '../../redis/time.ts';
import { type AuditRecord, listAudit } from '../../store/tables/audit.ts';
import { type Coupon, listCoupons, readCoupon } from '../../store/tables/coupons.ts';
import { act, CommandFailure, EXIT_OK, idOption, integerOption } from '../action.ts';
import { withServers } from '../operator.ts';
import { type Cell, print, printJson, table } from '../output.ts';

const LIST_MAX = 1000;
const AUDIT_SHOWN = 10;

export function addShow(group: Command): void {
  group
    .command('list')
    .summary('the coupons, newest first')
    .option('--limit <n>', 'how many', integerOption(1, LIST_MAX), 50)
    .option('--json', 'print one JSON object')
    .action((options: { limit: number; json?: boolean }) =>
      act(options, (config) =>
        withServers(config, async ({ redis, database }) => {
          const nowMs = await redisNow(redis);
          const coupons = await listCoupons(database, { limit: options.limit });
          const overviews = await Promise.all(coupons.map((coupon) => overviewOf(redis, coupon, nowMs)));
          if (options.json) printJson({ coupons: overviews.map(overviewJson) });
          else print(overviews.length === 0 ? 'There is no coupon yet.' : overviewTable(overviews));
          return EXIT_OK;
        }),
      ),
    );
  group
    .command('show')
    .summary('one coupon, and its last moves')
    .argument('<couponId>', 'id of the coupon', idOption)
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: { json?: boolean }) =>
      act(options, (config) =>
        withServers(config, async ({ redis, database }) => {
          const coupon = await readCoupon(database, couponId);
          if (!coupon) throw new CommandFailure(`there is no coupon ${couponId}`);
          const overview = await overviewOf(redis, coupon, await redisNow(redis));
          const audit = await listAudit(database, { couponId, limit: AUDIT_SHOWN });
          if (options.json) printJson({ ...overviewJson(overview), audit });
          else print(describeCoupon(overview, audit));
          return EXIT_OK;
        }),
      ),
    );
}

export function overviewTable(
  overviews: readonly CouponOverview[],
  rates: ReadonlyMap<number, number> | null = null,
): string {
  const heads = ['id', 'name', 'phase', 'stock', 'issued', 'left', 'backlog', 'dead'];
  const rows = overviews.map(({ coupon, phase, live }): Cell[] => [
    String(coupon.id),
    coupon.name,
    live && !live.loaded ? `${phase}, not loaded` : phase,
    coupon.totalStock,
    live?.holders ?? coupon.totalStock - coupon.stock,
    live?.left ?? coupon.stock,
    live?.backlog ?? 0,
    live?.deadLetters ?? 0,
    ...(rates ? [Math.round(rates.get(coupon.id) ?? 0)] : []),
  ]);
  return table([rates ? [...heads, 'issued/s'] : heads, ...rows]);
}

function describeCoupon(overview: CouponOverview, audit: readonly AuditRecord[]): string {
  const { coupon, phase, live } = overview;
  const fields: Cell[][] = [
    ['state', coupon.state === 'OPEN' ? `OPEN (${phase})` : coupon.state],
    ['version', String(coupon.version)],
    ['discount', discountOf(coupon)],
    ['opens at', timeOf(coupon.opensAt, 'when it is preloaded')],
    ['closes at', timeOf(coupon.closesAt, 'when it is closed')],
    ['expires at', timeOf(coupon.expiredAt, 'never')],
  ];
  const lines = [`Coupon ${coupon.id}: ${coupon.name}`, '', table(fields), '', overviewTable([overview])];
  if (live && live.revoked > 0) lines.push(`${live.revoked} revoked`);
  const moves = audit.map(({ at, actor, action, userId, result, detail }): Cell[] => [
    at.toISOString(),
    userId === null ? action : `${action} user ${userId}`,
    result,
    actor,
    detail ?? '',
  ]);
  if (moves.length > 0) lines.push('', table([['at', 'move', 'result', 'by', 'detail'], ...moves]));
  return lines.join('\n');
}

function discountOf({ discountType, discountAmount }: Coupon): string {
  return discountType === 'PERCENT' ? `${discountAmount}%` : String(discountAmount);
}

function timeOf(time: Date | null, otherwise: string): string {
  return time?.toISOString() ?? otherwise;
}
