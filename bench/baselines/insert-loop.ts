// What MySQL alone can do: multi-row inserts into the real schema, with the stock lowered in the same transaction, by a
// loop that knows its rows beforehand. It is a process of its own, so that its CPU time can be measured.
import { createConnection } from 'mysql2/promise';
import { connectionOptions } from '../../src/store/connection.ts';

export interface InsertLoopOrder {
  readonly mysqlUrl: string;
  readonly couponId: number;
  readonly rows: number;
  readonly rowsAStatement: number;
  readonly connections: number;
}

export interface InsertLoopResult {
  readonly elapsedMs: number;
}

const TIMEOUT_MS = 10_000;

async function insert({
  mysqlUrl,
  couponId,
  rows,
  rowsAStatement,
  connections,
}: InsertLoopOrder): Promise<InsertLoopResult> {
  let next = 1;
  const opened = await Promise.all(
    Array.from({ length: connections }, () =>
      createConnection({ ...connectionOptions(mysqlUrl, TIMEOUT_MS), multipleStatements: true }),
    ),
  );
  const startMs = performance.now();
  await Promise.all(
    opened.map(async (connection) => {
      while (next <= rows) {
        const first = next;
        const count = Math.min(rowsAStatement, rows - first + 1);
        next += count;
        await connection.query(statementOf(couponId, first, count));
      }
    }),
  );
  const elapsedMs = performance.now() - startMs;
  await Promise.all(opened.map((connection) => connection.end()));
  return { elapsedMs };
}

function statementOf(couponId: number, first: number, count: number): string {
  const values = Array.from(
    { length: count },
    (_, index) =>
      `(${couponId},${1_000_000_000 + first + index},${first + index},'bench','FIXED',100,'2026-01-01 ` +
      `00:00:00.000',UTC_TIMESTAMP(3))`,
  );
  return `START TRANSACTION;
INSERT INTO user_coupon (coupon_id,user_id,sequence,name,discount_type,discount_amount,issued_at,persisted_at)
VALUES ${values.join(',')};
UPDATE coupon SET stock = stock - ${count} WHERE id = ${couponId};
COMMIT`;
}

process.on('message', async (order: InsertLoopOrder) => process.send?.(await insert(order)));
process.once('disconnect', () => process.exit());
process.send?.('ready');
