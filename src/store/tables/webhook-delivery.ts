// The table `webhook_delivery`: up to which event the receiver has accepted all, and how the next batch fails. Every
// change names the id that it was read with, so a sender that stood still changes nothing that its successor wrote.
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

export interface Delivery {
  /** null: not begun. */
  readonly deliveredId: number | null;
  readonly attempts: number;
  readonly failingSince: Date | null;
  readonly lastFailure: string | null;
  /** Events that were given up. */
  readonly dead: number;
  /** MySQL's clock. */
  readonly at: Date;
}

export async function readDelivery(database: Queries): Promise<Delivery> {
  const [delivery] = await database.query<Delivery>(
    `SELECT delivered_id AS deliveredId, attempts, failing_since AS failingSince, last_failure AS lastFailure, dead,
            UTC_TIMESTAMP(3) AS at FROM webhook_delivery`,
  );
  return delivery as Delivery;
}

/** Only if it has not begun. */
export async function beginDelivery(database: Executes, afterId: number): Promise<void> {
  await database.execute('UPDATE webhook_delivery SET delivered_id = ? WHERE delivered_id IS NULL', [afterId]);
}

/** @param dead how many of the events from `fromId` to `toId` were given up. @returns false if another sender did */
export async function advanceDelivery(
  database: Executes,
  { fromId, toId, dead = 0 }: { readonly fromId: number; readonly toId: number; readonly dead?: number },
): Promise<boolean> {
  const { affectedRows } = await database.execute(
    `UPDATE webhook_delivery
        SET delivered_id = ?, dead = dead + ?, attempts = 0, failing_since = NULL, last_failure = NULL
      WHERE delivered_id = ?`,
    [toId, dead, fromId],
  );
  return affectedRows === 1;
}

const FAILURE_LENGTH_MAX = 200;

export async function recordDeliveryFailure(database: Executes, fromId: number, failure: string): Promise<void> {
  await database.execute(
    `UPDATE webhook_delivery
        SET attempts = attempts + 1, failing_since = COALESCE(failing_since, UTC_TIMESTAMP(3)), last_failure = ?
      WHERE delivered_id = ?`,
    [failure.slice(0, FAILURE_LENGTH_MAX), fromId],
  );
}
