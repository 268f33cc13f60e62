// Entry point of an insert thread: one MySQL connection, one batch at a time.
import { workerData } from 'node:worker_threads';
import type { InsertOutcome, InsertTask } from '../src/store/insert-batch.ts';
import { InsertConnection, type InsertConnectionOptions } from '../src/store/insert-connection.ts';

const connection = new InsertConnection(workerData as InsertConnectionOptions);

export default function write(task: InsertTask): Promise<InsertOutcome> {
  return connection.write(task);
}
