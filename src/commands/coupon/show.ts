// couponrush coupon list, coupon show
import type { Command } from 'commander';
import type { OverviewJson } from '../../overview/overview.ts';
import type { AuditRecord } from '../../store/tables/audit.ts';
import { act, EXIT_OK, idOption, integerOption } from '../action.ts';
import { type Json, withAdmin } from '../admin-client.ts';
import { localTime, type ZoneOption, zoneOf, zoneOption } from '../local-time.ts';
import { type Cell, print, printJson, table } from '../output.ts';
import { couponInWords, type Telling } from './words.ts';

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
        withAdmin(config, async (admin) => {
          const { coupons } = await admin.get<{ coupons: OverviewJson[] }>('/coupons', { limit: options.limit });
          if (options.json) printJson({ coupons });
          else print(coupons.length === 0 ? 'There is no coupon yet.' : overviewTable(coupons));
          return EXIT_OK;
        }),
      ),
    );
  group
    .command('show')
    .summary('one coupon, and its last moves')
    .argument('<couponId>', 'id of the coupon', idOption)
    .option(...zoneOption)
    .option('--json', 'print one JSON object')
    .action((couponId: number, options: ZoneOption & { json?: boolean }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const coupon = await admin.get<OverviewJson>(`/coupons/${couponId}`);
          const parameters = { couponId, limit: AUDIT_SHOWN };
          const { records: audit } = await admin.get<{ records: Json<AuditRecord>[] }>('/audit', parameters);
          if (options.json) printJson({ ...coupon, audit });
          else {
            const telling = { zone: zoneOf(options, config), currency: config.currency, nowMs: Date.now() };
            print(describeCoupon(coupon, audit, telling));
          }
          return EXIT_OK;
        }),
      ),
    );
}

/** With a column for rates if one is known. */
export function overviewTable(coupons: readonly (OverviewJson & { issuedPerSecond?: number | null })[]): string {
  const withRates = coupons.some(({ issuedPerSecond }) => issuedPerSecond !== undefined);
  const heads = ['id', 'name', 'phase', 'stock', 'issued', 'left', 'backlog', 'dead'];
  const rows = coupons.map(({ phase, live, issuedPerSecond, ...coupon }): Cell[] => [
    String(coupon.id),
    coupon.name,
    live && !live.loaded ? `${phase}, not loaded` : phase,
    coupon.totalStock,
    live?.holders ?? coupon.totalStock - coupon.stock,
    live?.left ?? coupon.stock,
    live?.backlog ?? 0,
    live?.deadLetters ?? 0,
    ...(withRates ? [Math.round(issuedPerSecond ?? 0)] : []),
  ]);
  return table([withRates ? [...heads, 'issued/s'] : heads, ...rows]);
}

function describeCoupon(coupon: OverviewJson, audit: readonly Json<AuditRecord>[], telling: Telling): string {
  const { phase, live } = coupon;
  const fields: Cell[][] = [
    ['state', coupon.state === 'OPEN' ? `OPEN (${phase})` : coupon.state],
    ['version', String(coupon.version)],
  ];
  const lines = [`Coupon ${coupon.id}`, couponInWords(coupon, telling), '', table(fields), '', overviewTable([coupon])];
  if (live && live.revoked > 0) lines.push(`${live.revoked} revoked`);
  const moves = audit.map(({ at, actor, action, userId, result, detail }): Cell[] => [
    localTime(at, telling.zone),
    userId === null ? action : `${action} user ${userId}`,
    result,
    actor,
    detail ?? '',
  ]);
  if (moves.length > 0) lines.push('', table([['at', 'move', 'result', 'by', 'detail'], ...moves]));
  return lines.join('\n');
}
