// What the admin process asks of the stores: of Redis all its commands, of MySQL the reading statements of all
// processes, of which only those of looks depend on who watches.
import type { Stage } from './stage.ts';

export interface Asked {
  readonly redisPerSecond: number;
  readonly mysqlSelectsPerSecond: number;
}

/** Redis reports each command to us meanwhile, so the load must be a slow one. */
export async function askedDuring(stage: Stage, work: () => Promise<unknown>): Promise<Asked> {
  // Of the older protocol: ioredis has no event for the form of the newer one.
  const monitor = await stage.redis.duplicate({ protocol: 2 }).monitor();
  const bySource = new Map<string, number>();
  monitor.on('monitor', (_time: string, _args: string[], source: string) => {
    bySource.set(source, (bySource.get(source) ?? 0) + 1);
  });
  try {
    const startedMs = performance.now();
    const selectsBefore = await selectsOf(stage);
    await work();
    const selects = (await selectsOf(stage)) - selectsBefore;
    const seconds = (performance.now() - startedMs) / 1000;
    const sources = await adminSources(stage);
    const commands = sources.reduce((sum, source) => sum + (bySource.get(source) ?? 0), 0);
    return { redisPerSecond: commands / seconds, mysqlSelectsPerSecond: selects / seconds };
  } finally {
    monitor.disconnect();
  }
}

/** Addresses of its connections. */
async function adminSources({ redis }: Stage): Promise<string[]> {
  const clients = String(await redis.client('LIST'));
  return [...clients.matchAll(/ addr=(\S+) .* name=couponrush-admin\S* /g)].map(([, address = '']) => address);
}

async function selectsOf({ database }: Stage): Promise<number> {
  const [row] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_select'");
  return Number(row?.Value);
}
