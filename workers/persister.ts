// The persister process: composes what moves grants from the outbox to MySQL, and the gate, and nothing else.
import { setTimeout as sleep } from 'node:timers/promises';
import { joinPrimary } from '../src/cluster/child.ts';
import { loadConfig } from '../src/config.ts';
import { adoptCoupon } from '../src/coupons/adopt.ts';
import { BrakeKeeper } from '../src/coupons/brake-keeper.ts';
import { BrakeMemory } from '../src/coupons/brake-memory.ts';
import { Reconciler } from '../src/coupons/reconciler.ts';
import { openClaimMemory } from '../src/gate/claim-memory.ts';
import { Gate } from '../src/gate/gate.ts';
import { Installation } from '../src/gate/installation.ts';
import { Ownership, type Verdict } from '../src/gate/ownership.ts';
import { Witnesses } from '../src/gate/witnesses.ts';
import { createLogger } from '../src/log.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import { createPersister, type Persister } from '../src/outbox/persister.ts';
import { connectForCommands } from '../src/redis/connections.ts';
import { poolSizes } from '../src/store/connection-budget.ts';
import { openDatabase } from '../src/store/database.ts';
import { LiveVerifier } from '../src/watch/live-verifier.ts';
import { Observer } from '../src/watch/observer.ts';

/** After the drain: last flush, threads, connections. */
const LAST_STEPS_MS = 1000;
const LAST_LOOK_MS = 200;
/** The gate's statements are rare, and a rebuild reads thousands of rows at once. */
const GATE_STATEMENT_MS = 30_000;

/** A look that takes longer means that MySQL is unreachable. */
const LOOK_MS = 5000;
/** A persister that does not know yet whether Redis is ours is not taken for one that can't start. */
const READY_ANYWAY_AFTER_MS = 10_000;

const config = loadConfig();
const { redisUrl, mysqlUrl } = config;
if (!redisUrl || !mysqlUrl) throw new Error('the primary gives a persister REDIS_URL and MYSQL_URL');

const log = createLogger('persister', config.logLevel);
const metrics = createMetrics();
const { coupons, deadLetters, decisions, inserts, mysqlPools, outbox, redisCommands, settings, stores } = metrics;
const server = { url: redisUrl, metrics: redisCommands };
const database = openDatabase(mysqlUrl, {
  metrics: mysqlPools.named('gate'),
  connections: poolSizes.gate,
  timeoutMs: GATE_STATEMENT_MS,
});
const commands = connectForCommands(server, 'gate');
const ownership = new Ownership({
  installation: new Installation(database),
  log,
  memory: openClaimMemory(config.dataDir, mysqlUrl),
  onVerdict: (verdict) => void onVerdict(verdict),
});
const gate = new Gate({
  server,
  name: config.persisterName,
  database,
  log,
  ownership,
  adopt: (couponId) => adoptCoupon({ redis: commands, database, log }, couponId),
  putBack: (redis) => brakeKeeper.putBack(redis),
});
const reconciler = new Reconciler({
  redis: commands,
  database,
  log,
  preloadAheadMs: config.preloadAheadMinutes * 60_000,
  isRedisVerified: () => gate.status().state === 'open',
  onUnloaded: () => gate.lookSoon(),
});

const brakeKeeper = new BrakeKeeper({
  redis: commands,
  database,
  log,
  memory: new BrakeMemory(config.dataDir),
  isRedisVerified: () => gate.status().state === 'open',
});

metrics.gate.watchGate(() => gate.status());

// Its own connections: what hangs there holds up no one.
const looks = connectForCommands(server, 'observer', LOOK_MS);
const lookDatabase = openDatabase(mysqlUrl, {
  metrics: mysqlPools.named('watch'),
  connections: poolSizes.watch,
  timeoutMs: LOOK_MS,
});
const observer = new Observer({
  redis: looks,
  database: lookDatabase,
  log,
  outboxRowsMax: config.outboxRowsMax,
  metrics: { coupons, deadLetters, decisions, outbox, settings, stores },
});
const verifier = new LiveVerifier({
  redis: looks,
  database: lookDatabase,
  log,
  everyMs: config.verifyEveryMs,
  holdersMax: config.verifyHoldersMax,
  metrics: metrics.verify,
});

let persister: Persister | null = null;

async function lastLook(): Promise<void> {
  try {
    await new Witnesses({ database, log }).look(commands);
  } catch {
    // The next start goes on.
  }
}

const primary = joinPrimary({
  title: 'persister',
  drainMs: config.drainMs,
  metrics,
  async stop(withinMs) {
    // They only read: what hangs there is not waited for.
    void observer.stop();
    void verifier.stop();
    void brakeKeeper.stop();
    await Promise.all([reconciler.stop(), persister?.stop(Math.max(0, withinMs - LAST_STEPS_MS))]);
    looks.disconnect();
    await Promise.all([
      // Its connection keeps other installations off this Redis, so it ends only after the last write.
      gate.stop(),
      // The outboxes are empty, as a rule: what Redis reported to the HTTP workers is in MySQL.
      persister ? Promise.race([lastLook(), sleep(LAST_LOOK_MS)]) : null,
    ]);
    commands.disconnect();
    await Promise.all([database.close(), lookDatabase.close()]);
  },
});

let observing = false;
function observe(): void {
  if (!observing) observer.start();
  observing = true;
}

/** Nothing but the gate looks at a Redis before it is known to be ours, not even to read an outbox. */
async function onVerdict({ claims, problem, isFinal }: Verdict): Promise<void> {
  await primary.tell({ type: 'installation', claims, problem, isFinal });
  if (claims.length === 0) {
    // Redis became another's, or MySQL may be another's. What was read from Redis stays pending there, for its owner.
    if (persister) process.exit(1);
    void primary.tell({ type: 'ready' });
    return;
  }
  if (persister) return;
  persister = createPersister(config, log, { deadLetters, inserts, mysqlPools, outbox, redisCommands });
  observe();
  verifier.start();
  reconciler.start();
  brakeKeeper.start();
  await persister.start();
  void primary.tell({ type: 'ready' });
}

gate.start();
setTimeout(() => {
  void primary.tell({ type: 'ready' });
  // That a store does not answer is seen from outside all the same.
  if (ownership.verdict.problem === null) observe();
}, READY_ANYWAY_AFTER_MS).unref();
