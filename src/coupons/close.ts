// Closes a coupon for good. It is final when MySQL has every coupon that was issued: until then the outbox drains.
import { setTimeout as sleep } from 'node:timers/promises';
import { couponKeys } from '../redis/keys.ts';
import type { Stores } from '../stores.ts';
import { type MoveOutcome, makeMove, type Order } from './move.ts';

export interface CloseOutcome extends MoveOutcome {
  /** MySQL has every coupon that was issued, dead letters aside. */
  readonly drained: boolean;
  /** Outbox entries that are left. */
  readonly backlog: number;
  readonly deadLetters: number;
}

const LOOK_EVERY_MS = 50;

/**
 * @param waitMs how long to wait until it is drained
 * @param report called with the number of outbox entries that are left, while it waits
 */
export async function closeCoupon(
  servers: Stores,
  order: Order,
  waitMs: number,
  report: (backlog: number) => void = () => {},
): Promise<CloseOutcome> {
  const outcome = await makeMove(servers, 'close', order);
  if (outcome.coupon.state === 'ARCHIVED') return { ...outcome, drained: true, backlog: 0, deadLetters: 0 };
  const { outbox, dead } = couponKeys(order.couponId);
  for (const until = performance.now() + waitMs; ; ) {
    const [backlog, deadLetters] = await Promise.all([servers.redis.xlen(outbox), servers.redis.xlen(dead)]);
    // As long as Redis does not know that it is closed, more can be issued.
    const drained = backlog === 0 && outcome.inEffect;
    if (drained || order.dryRun || performance.now() >= until) return { ...outcome, drained, backlog, deadLetters };
    report(backlog);
    await sleep(LOOK_EVERY_MS);
  }
}
