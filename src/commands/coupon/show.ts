// couponrush coupon list, coupon show
import type { Command } from 'commander';
import type { Standings } from '../../overview/either-store.ts';
import type { OverviewJson } from '../../overview/overview.ts';
import type { AuditRecord } from '../../store/tables/audit.ts';
import { act, EXIT_OK, idOption, integerOption } from '../action.ts';
import { type AdminClient, type Json, withAdmin } from '../admin-client.ts';
import { changeOf } from '../audit.ts';
import { localTime, type ZoneOption, zoneOf, zoneOption } from '../local-time.ts';
import { type Cell, print, printJson, printProgress, table } from '../output.ts';
import { type CouponFields, couponInWords, type Telling } from './words.ts';

const LIST_MAX = 1000;
const AUDIT_SHOWN = 10;

export function addShow(group: Command): void {
  group
    .command('list')
    .summary('the coupons, newest first')
    .option('--limit <n>', 'how many', integerOption(1, LIST_MAX), 50)
    .option('--name <part>', 'only those with this part in their name')
    .option('--json', 'print one JSON object')
    .action((options: { limit: number; name?: string; json?: boolean }) =>
      act(options, (config) =>
        withAdmin(
          config,
          async (admin) => {
            const { limit, name } = options;
            const seen = await admin.get<Standings & { coupons: OverviewJson[] }>('/coupons', { limit, name });
            const { coupons } = seen;
            const none = name === undefined ? 'There is no coupon yet.' : 'No coupon has this in its name.';
            if (options.json) printJson(seen);
            else print(coupons.length === 0 ? none : overviewTable(coupons));
            if (!options.json) tellStandings(seen);
            return EXIT_OK;
          },
          { eitherStore: true },
        ),
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
        withAdmin(
          config,
          async (admin) => {
            const coupon = await admin.get<OverviewJson & Standings>(`/coupons/${couponId}`);
            const audit = coupon.mysql === 'ok' ? await readAudit(admin, couponId) : null;
            if (options.json) printJson({ ...coupon, audit });
            else {
              const telling = { zone: zoneOf(options, config), currency: config.currency, nowMs: Date.now() };
              print(describeCoupon(coupon, audit ?? [], telling));
            }
            if (!options.json) tellStandings(coupon);
            return EXIT_OK;
          },
          { eitherStore: true },
        ),
      ),
    );
}

async function readAudit(admin: AdminClient, couponId: number): Promise<Json<AuditRecord>[]> {
  const parameters = { couponId, limit: AUDIT_SHOWN };
  return (await admin.get<{ records: Json<AuditRecord>[] }>('/audit', parameters)).records;
}

/** To standard error: a table may be read by a program. */
export function tellStandings({ mysql, redis }: Standings): void {
  if (mysql !== 'ok') printProgress('couponrush: MySQL does not answer: this is what Redis knows.');
  if (redis !== 'ok')
    printProgress('couponrush: Redis does not answer: this is what MySQL knows, and nothing is issued.');
}

/** With a column for rates if one is known. */
export function overviewTable(coupons: readonly (OverviewJson & { issuedPerSecond?: number | null })[]): string {
  const withRates = coupons.some(({ issuedPerSecond }) => issuedPerSecond !== undefined);
  const heads = ['id', 'name', 'phase', 'stock', 'issued', 'left', 'backlog', 'dead'];
  const rows = coupons.map(({ phase, live, held, issuedPerSecond, ...coupon }): Cell[] => [
    String(coupon.id),
    `${coupon.name ?? '?'}${coupon.rehearsal ? ' (rehearsal)' : ''}`,
    live && !live.loaded ? `${phase ?? '?'}, not loaded` : held ? `${phase}, held` : (phase ?? '?'),
    coupon.totalStock ?? '?',
    live?.holders ?? (coupon.totalStock ?? 0) - (coupon.stock ?? 0),
    live?.left ?? coupon.stock ?? '?',
    live?.backlog ?? 0,
    live?.deadLetters ?? 0,
    ...(withRates ? [Math.round(issuedPerSecond ?? 0)] : []),
  ]);
  return table([withRates ? [...heads, 'issued/s'] : heads, ...rows]);
}

function describeCoupon(coupon: OverviewJson, audit: readonly Json<AuditRecord>[], telling: Telling): string {
  const { live } = coupon;
  const fields: Cell[][] = [
    ['phase', coupon.phase ?? '?'],
    ['state', stateOf(coupon)],
    ['version', String(coupon.version ?? '?')],
  ];
  const lines = [
    `Coupon ${coupon.id}`,
    isWhole(coupon) ? couponInWords(coupon, telling) : '',
    '',
    table(fields),
    '',
    overviewTable([coupon]),
  ];
  const pause = live?.unrecordedPause;
  if (pause) {
    const why = pause.reason === null ? '' : `: ${pause.reason}`;
    lines.push(`Paused by ${pause.actor} at ${localTime(pause.at, telling.zone)}, which MySQL does not have yet${why}`);
  }
  if (coupon.held) {
    const { at, actor, reason } = coupon.held;
    const why = reason === null ? '' : `: ${reason}`;
    const release = `couponrush coupon resume ${coupon.id}`;
    lines.push(`Held by ${actor} since ${localTime(at, telling.zone)}${why}`);
    lines.push(`It will be loaded paused. To release it: ${release}`);
  }
  if (live && live.revoked > 0) lines.push(`${live.revoked} revoked`);
  const moves = audit.map((record): Cell[] => [
    localTime(record.at, telling.zone),
    record.userId === null ? record.action : `${record.action} user ${record.userId}`,
    record.result,
    changeOf(record),
    record.actor,
    record.detail ?? '',
  ]);
  if (moves.length > 0) lines.push('', table([['at', 'move', 'result', 'change', 'by', 'detail'], ...moves]));
  return lines.join('\n');
}

/** MySQL has answered. */
function isWhole(coupon: OverviewJson): coupon is OverviewJson & CouponFields {
  return coupon.name !== null;
}

/** Both, if the stores differ: Redis is the one that decides. */
function stateOf({ state, live }: OverviewJson): string {
  const inRedis = live?.state ?? null;
  if (inRedis !== null && state !== null && inRedis !== state) return `${state} in MySQL, ${inRedis} in Redis`;
  return state ?? '?';
}
