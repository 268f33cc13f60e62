// The persister process: composes what moves grants from the outbox to MySQL, and the gate, and nothing else.
import { joinPrimary } from '../src/cluster/child.ts';
import { loadConfig } from '../src/config.ts';
import { adoptCoupon } from '../src/coupons/adopt.ts';
import { Caretaker } from '../src/coupons/caretaker.ts';
import { createLogger } from '../src/log.ts';
import { createPersister } from '../src/outbox/persister.ts';
import { Gate } from '../src/recovery/gate.ts';
import { connectForCommands } from '../src/redis/connections.ts';
import { openDatabase } from '../src/store/database.ts';

/** After the drain: last flush, threads, connections. */
const LAST_STEPS_MS = 800;
/** The gate's statements are rare, and a rebuild reads thousands of rows at once. */
const GATE_STATEMENT_MS = 30_000;

const config = loadConfig();
const { redisUrl, mysqlUrl } = config;
if (!redisUrl || !mysqlUrl) throw new Error('the primary gives a persister REDIS_URL and MYSQL_URL');

const log = createLogger('persister', config.logLevel);
const persister = createPersister(config, log);
const database = openDatabase(mysqlUrl, { purpose: 'gate', connections: 2, timeoutMs: GATE_STATEMENT_MS });
const commands = connectForCommands(redisUrl, 'gate');
const gate = new Gate({
  redisUrl,
  database,
  log,
  adopt: (couponId) => adoptCoupon({ redis: commands, database, log }, couponId),
});
const caretaker = new Caretaker({
  redis: commands,
  database,
  log,
  preloadAheadMs: config.preloadAheadMinutes * 60_000,
  isRedisVerified: () => gate.status().state === 'open',
});

const primary = joinPrimary({
  title: 'persister',
  drainMs: config.drainMs,
  async stop(withinMs) {
    await Promise.all([gate.stop(), caretaker.stop(), persister.stop(Math.max(0, withinMs - LAST_STEPS_MS))]);
    commands.disconnect();
    await database.close();
  },
  status: () => ({ ...persister.status(), gate: gate.status() }),
});
gate.start();
caretaker.start();
await persister.start();
primary.tell({ type: 'ready' });
