// Entry point of an insert thread: one MySQL connection, one batch at a time.
import { workerData } from 'node:worker_threads';
import { InsertConnection, type InsertConnectionOptions } from '../src/store/insert-connection.ts';
import type { ThreadOutcome, ThreadTask } from '../src/store/insert-pool.ts';

const connection = new InsertConnection(workerData as InsertConnectionOptions);

export default function write(task: ThreadTask): Promise<ThreadOutcome> {
  return 'parts' in task ? connection.writeMany(task) : connection.write(task);
}
