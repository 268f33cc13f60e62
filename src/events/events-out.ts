// What brings events out of MySQL, as one thing to start and stop: the log is kept up to date, and, if WEBHOOK_URL is
// set, sent to it. With its own connections: what hangs there holds up no request of an operator.
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { poolSizes } from '../store/connection-budget.ts';
import { openDatabase } from '../store/database.ts';
import { Appender } from './appender.ts';
import { WebhookSender } from './webhook-sender.ts';

const STATEMENT_MS = 10_000;

export interface EventsOut {
  start(): void;
  stop(): Promise<void>;
}

export function createEventsOut(
  mysqlUrl: string,
  config: Pick<
    Config,
    | 'persisterName'
    | 'eventsKeepDays'
    | 'webhookUrl'
    | 'webhookSecret'
    | 'webhookTimeoutMs'
    | 'webhookEventsMax'
    | 'webhookDeadDays'
  >,
  log: Logger,
  metrics: Pick<Metrics, 'events'>,
): EventsOut {
  const database = openDatabase(mysqlUrl, {
    connections: poolSizes.events,
    timeoutMs: STATEMENT_MS,
  });
  const appender = new Appender({
    database,
    log,
    owner: config.persisterName,
    keepDays: config.eventsKeepDays,
    metrics: metrics.events,
    onFirstLook: async (isDone) => sender?.begin(isDone),
  });
  const sender = config.webhookUrl === null ? null : createSender(config.webhookUrl);

  function createSender(url: string): WebhookSender {
    return new WebhookSender({
      database,
      log,
      url,
      secrets: config.webhookSecret ?? [],
      timeoutMs: config.webhookTimeoutMs,
      eventsMax: config.webhookEventsMax,
      deadDays: config.webhookDeadDays,
      mayDeliver: () => appender.isCurrent,
      metrics: metrics.events,
    });
  }

  return {
    start() {
      appender.start();
      sender?.start();
    },
    async stop() {
      // The lease is given back last: no other node sends while this one does.
      await sender?.stop();
      await appender.stop();
      await database.close();
    },
  };
}
