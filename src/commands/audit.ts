// couponrush audit
import type { Command } from 'commander';
import type { AuditRecord } from '../store/tables/audit.ts';
import { act, EXIT_OK, idOption, integerOption } from './action.ts';
import { type Json, withAdmin } from './admin-client.ts';
import { localTime, type ZoneOption, zoneOf, zoneOption } from './local-time.ts';
import { type Cell, print, printJson, table } from './output.ts';

const LIST_MAX = 1000;

export function addAudit(program: Command): void {
  program
    .command('audit')
    .summary('who moved which coupon when, newest first')
    .option('--coupon <id>', 'only of this coupon', idOption)
    .option('--before <id>', 'only records older than this one', idOption)
    .option('--limit <n>', 'how many', integerOption(1, LIST_MAX), 50)
    .option(...zoneOption)
    .option('--json', 'print one JSON object')
    .action((options: ZoneOption & { coupon?: number; before?: number; limit: number; json?: boolean }) =>
      act(options, (config) =>
        withAdmin(config, async (admin) => {
          const { coupon: couponId, before, limit } = options;
          const { records } = await admin.get<{ records: Json<AuditRecord>[] }>('/audit', { limit, couponId, before });
          if (options.json) printJson({ records });
          else {
            const rows = records.map((record): Cell[] => [
              String(record.id),
              localTime(record.at, zoneOf(options, config)),
              record.couponId === 0 ? '' : String(record.couponId),
              record.userId === null ? record.action : `${record.action} user ${record.userId}`,
              record.result,
              changeOf(record),
              record.actor,
              record.detail ?? '',
            ]);
            print(table([['id', 'at', 'coupon', 'move', 'result', 'change', 'by', 'detail'], ...rows]));
          }
          return EXIT_OK;
        }),
      ),
    );
}

type Changed = Pick<AuditRecord, 'action' | 'userId' | 'before' | 'after'>;

/** `totalStock 100 → 200` for what really changed. What the record knows of one side only is for --json. */
export function changeOf({ action, userId, before, after }: Changed): string {
  if (!before || !after) return '';
  const changes = Object.keys(after)
    .filter((name) => name in before && JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} ${before[name]} → ${after[name]}`);
  const users = action === 'revoke' && userId !== null ? Number(after.stock) - Number(before.stock) : 1;
  return changes.join(', ') + (users > 1 ? ` (${users.toLocaleString('en-US')} users at once)` : '');
}
