// The persister: everything between the outbox in Redis and the rows in MySQL, composed and given one life.

import { setMaxListeners } from 'node:events';
import type { Redis } from 'ioredis';
import type { Config } from '../config.ts';
import { assert } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { connectForCommands, connectForConsuming, connectForMessages, type RedisServer } from '../redis/connections.ts';
import { couponKeys } from '../redis/keys.ts';
import { RedisClock } from '../redis/redis-clock.ts';
import { OutageLog } from '../runtime/outage-log.ts';
import { pollUntil } from '../runtime/poll.ts';
import { InsertPool } from '../store/insert-pool.ts';
import { Acknowledger } from './acknowledger.ts';
import { Batcher } from './batcher.ts';
import { Claimer } from './claimer.ts';
import { BLOCK_MS, Consumer } from './consumer.ts';
import { createCounters, type PersisterCounters } from './counters.ts';
import { Delivery } from './delivery.ts';
import { EntryReceiver } from './entry-receiver.ts';
import { InFlight } from './in-flight.ts';
import { InsertRetries } from './insert-retries.ts';
import { OutboxRegistry } from './outbox-registry.ts';

export interface PersisterStatus extends Readonly<PersisterCounters> {
  /** Rows read and not yet acknowledged. */
  readonly rowsInHand: number;
  readonly coupons: number;
  readonly redisAway: boolean;
  readonly mysqlAway: boolean;
}

export interface Persister {
  /**
   * Resolves when it has checked the outboxes for the first time: at once, or when Redis is reachable. MySQL may be
   * down.
   */
  start(): Promise<void>;
  /**
   * Reads on until the outboxes are empty or the time is over, then stops reading and ends what is in flight.
   * What is not done by then stays pending in Redis, for the next start.
   */
  stop(drainMs?: number): Promise<void>;
  status(): PersisterStatus;
}

export type PersisterMetrics = Pick<Metrics, 'deadLetters' | 'inserts' | 'mysqlPools' | 'outbox' | 'redisCommands'>;

const COMMAND_TIMEOUT_MS = 1000;
const CHECK_MS = 25;
/** After the drain: for inserts that are out, and their acknowledgements. */
const LAST_FLUSH_MS = 400;

interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: PersisterMetrics;
  readonly signal: AbortSignal;
  readonly counters: PersisterCounters;
  readonly inFlight: InFlight;
  readonly redisOutage: OutageLog;
  readonly mysqlOutage: OutageLog;
  readonly clock: RedisClock;
  readonly commands: Redis;
}

/** From entries in flight to rows, and to entries that are out of the outbox. */
function composeWriting(base: Base, mysqlUrl: string, onFenced: () => void) {
  const { config, log, metrics, signal, counters, inFlight, redisOutage, mysqlOutage, clock, commands } = base;
  const pool = new InsertPool(
    {
      mysqlUrl,
      timeoutMs: config.insertTimeoutMs,
      threads: config.insertThreads,
      metrics: metrics.mysqlPools.named('inserts'),
    },
    log,
  );
  const acknowledger = new Acknowledger({
    redis: commands,
    outage: redisOutage,
    countRemoved: (entries) => {
      counters.acknowledgedEntries += entries;
    },
    signal,
  });
  const inserts = new InsertRetries({
    inserts: pool,
    counters,
    outage: mysqlOutage,
    metrics,
    redisNowMs: () => clock.now(),
    signal,
  });
  const delivery = new Delivery({ inserts, acknowledger, inFlight, counters, log, onFenced, signal });
  const batcher = new Batcher({
    rowsMax: config.insertRowsMax,
    couponsMax: config.insertCouponsMax,
    flushAfterMs: config.insertFlushAfterMs,
    slots: config.insertThreads,
    deliver: (batch) => delivery.deliver(batch),
  });
  return { pool, acknowledger, batcher };
}

/** From the outboxes to entries in flight. */
function composeReading(base: Base, server: RedisServer, { acknowledger, batcher }: ReturnType<typeof composeWriting>) {
  const { config, log, counters, inFlight, redisOutage: outage, clock, commands } = base;
  const outboxes = new OutboxRegistry({
    redis: commands,
    messages: connectForMessages(server, 'persister messages', config.redisPingMs),
    outage,
    log,
    clock,
    onChange: () => void consumer.wake(),
  });
  const receiver = new EntryReceiver({
    inFlight,
    acknowledger,
    counters,
    log,
    add: (id, entry) => batcher.add(id, entry),
  });
  const entryRowsMax = config.batchUsersMax;
  const shared = { name: config.persisterName, outboxes, inFlight, receiver, outage, log, entryRowsMax };
  const consumer: Consumer = new Consumer({
    ...shared,
    redis: connectForConsuming(server, 'persister reader', BLOCK_MS),
    commands,
    acknowledger,
    onAllRead: () => batcher.flushQueued(),
    gatherMaxMs: config.gatherMaxMs,
  });
  const claimer = new Claimer({ ...shared, redis: commands, idleMs: config.claimIdleMs, counters });
  return { outboxes, consumer, claimer };
}

/** What the persister consists of, each part connected with those that it needs. */
function compose(config: Config, log: Logger, metrics: PersisterMetrics, signal: AbortSignal) {
  const { redisUrl, mysqlUrl } = config;
  assert(redisUrl !== null && mysqlUrl !== null, 'a persister is given its Redis and its MySQL');
  const server = { url: redisUrl, metrics: metrics.redisCommands };
  const base: Base = {
    config,
    log,
    metrics,
    signal,
    counters: createCounters(),
    inFlight: new InFlight(config),
    redisOutage: new OutageLog('Redis', log),
    mysqlOutage: new OutageLog('MySQL', log),
    clock: new RedisClock(),
    commands: connectForCommands(server, 'persister', COMMAND_TIMEOUT_MS, config.redisPingMs),
  };
  const writing = composeWriting(base, mysqlUrl, () => reading.consumer.recover());
  const reading: ReturnType<typeof composeReading> = composeReading(base, server, writing);
  return { ...base, ...writing, ...reading };
}

export function createPersister(config: Config, log: Logger, metrics: PersisterMetrics): Persister {
  const giveUp = new AbortController();
  const { signal } = giveUp;
  // Each batch that waits for its next try listens; their number is bounded by the rows in flight.
  setMaxListeners(0, signal);
  const parts = compose(config, log, metrics, signal);
  const { redisOutage, mysqlOutage, counters, inFlight, commands, pool, batcher, outboxes, consumer, claimer } = parts;

  metrics.outbox.watchPersister(() => ({
    ...counters,
    rowsInHand: inFlight.rows,
    rowsInHandLimit: config.highWaterRows,
  }));
  metrics.inserts.watchRows(() => counters);
  metrics.deadLetters.watchMade(() => counters.deadLetters);

  async function outboxesEmpty(): Promise<boolean> {
    // Looked up again: a coupon that was loaded a moment ago counts too.
    if (inFlight.rows > 0 || !(await outboxes.refresh())) return false;
    try {
      const lengths = await Promise.all(outboxes.coupons.map((id) => commands.xlen(couponKeys(id).outbox)));
      return lengths.every((length) => length === 0);
    } catch {
      return false;
    }
  }

  return {
    async start() {
      await outboxes.start(signal);
      consumer.start();
      claimer.start();
      log.info({ name: config.persisterName, coupons: outboxes.coupons.length }, 'consuming');
    },
    async stop(drainMs = config.drainMs) {
      consumer.drain();
      await pollUntil(outboxesEmpty, { everyMs: CHECK_MS, withinMs: drainMs });
      outboxes.stop();
      await Promise.all([consumer.stop(), claimer.stop()]);
      batcher.flush();
      await pollUntil(() => inFlight.rows === 0, { everyMs: CHECK_MS, withinMs: LAST_FLUSH_MS });
      giveUp.abort();
      batcher.stop();
      await pool.stop();
      commands.disconnect();
      log.info({ ...counters, rowsInHand: inFlight.rows }, 'stopped');
    },
    status: () => ({
      ...counters,
      rowsInHand: inFlight.rows,
      coupons: outboxes.coupons.length,
      redisAway: redisOutage.away,
      mysqlAway: mysqlOutage.away,
    }),
  };
}
