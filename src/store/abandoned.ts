// The database as a caller has it who may stop waiting, such as a request that is answered 504 while MySQL hangs.
// Promise: once the caller has stopped, none of its transactions is committed, also if MySQL answers later. So what
// was not answered can't overtake what the caller does next. A COMMIT that was sent before still holds its locks, so
// what comes next is put in order behind it. Single statements are executed as usual.
import { OperationalError } from '../errors.ts';
import type { Database, Statements } from './database.ts';

export const ABANDONED = 'ABANDONED';

/** @param stopped aborted when the caller stops waiting */
export function untilAbandoned(database: Database, stopped: AbortSignal): Database {
  const check = () => {
    if (!stopped.aborted) return;
    throw new OperationalError(ABANDONED, 'transient', 'its caller does not wait for it any more: nothing was changed');
  };
  const guard = ({ query, execute }: Statements): Statements => ({
    query: async (sql, params) => {
      const rows = await query<never>(sql, params);
      check();
      return rows;
    },
    execute: async (sql, params) => {
      const executed = await execute(sql, params);
      check();
      return executed;
    },
  });
  return {
    query: (sql, params) => database.query(sql, params),
    execute: (sql, params) => database.execute(sql, params),
    transaction: (work) =>
      database.transaction(async (tx) => {
        check();
        const result = await work(guard(tx));
        check();
        return result;
      }),
    usage: () => database.usage(),
    close: () => database.close(),
  };
}
