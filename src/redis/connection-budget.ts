// How many connections to Redis one server opens: known before the start, and held against reality by a test.
import type { Config } from '../config.ts';

/**
 * In each HTTP worker, beside COUPONRUSH_REDIS_CONNECTIONS for decisions: reads, commands, and two of the change feed.
 */
export const othersOfHttpWorker = 4;
/** Persister: outbox (commands, reader, messages), gate (its own and its commands), observer. Admin process: one. */
export const othersOfServer = 7;

export function redisConnections({
  workers,
  redisConnections: each,
}: Pick<Config, 'workers' | 'redisConnections'>): number {
  return workers * (each + othersOfHttpWorker) + othersOfServer;
}
