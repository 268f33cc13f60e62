// Every SQL statement of the insert threads, as the text that it hands to MySQL.
import { insertBatch, type RunSql } from '../../src/store/insert-batch.ts';
import { insertMany } from '../../src/store/insert-many.ts';
import { insertSingly } from '../../src/store/insert-singly.ts';

/** The row is neither new nor there, so that all of them are run. */
export async function recordInserts(record: (sql: string) => void): Promise<void> {
  const run = async (sql: string) => {
    record(sql);
    if (sql.startsWith('SELECT epoch')) return [{ epoch: 1 }];
    return sql.includes('SELECT epoch') ? [{}, [{ epoch: 1 }]] : [{}, { affectedRows: 0 }, {}];
  };
  const task = { couponId: 1, epoch: 1, runs: [{ firstSequence: 1, issuedAtMs: 0, users: '7' }] };
  await insertBatch(run as RunSql, task).catch(() => {});
  await insertSingly(run as RunSql, task).catch(() => {});
  const runMany = async (sql: string) => {
    record(sql);
    if (sql.startsWith('INSERT')) return { affectedRows: 1 };
    return sql.startsWith('SELECT') ? [] : [{}, [{ id: 1, epoch: 1 }]];
  };
  await insertMany(runMany as RunSql, { parts: [task, { ...task, couponId: 2 }] });
}
