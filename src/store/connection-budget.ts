// How many connections to MySQL each pool of one server may open, so that their sum is known before the start.
import type { Config } from '../config.ts';

export const poolSizes = {
  /** In each HTTP worker, beside COUPONRUSH_READ_CONNECTIONS for reads. */
  issuing: 1,
  /** In the persister, beside one for each of COUPONRUSH_INSERT_THREADS. */
  gate: 2,
  watch: 3,
  admin: 4,
  /** In the admin process: the log of events and the webhook. */
  events: 2,
} as const;

type Sizes = Pick<Config, 'workers' | 'readConnections' | 'insertThreads'>;

export function mysqlConnections({ workers, readConnections, insertThreads }: Sizes): number {
  const { issuing, gate, watch, admin, events } = poolSizes;
  return workers * (issuing + readConnections) + insertThreads + gate + watch + admin + events;
}
