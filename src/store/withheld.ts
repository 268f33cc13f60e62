// The database of a caller that must not use MySQL now, because it may be another installation's. Each call fails at
// once as it does while MySQL is unreachable, so that a caller that can work without MySQL does.
import { OperationalError } from '../errors.ts';
import type { Database } from './database.ts';

export function withheldDatabase(reason: string): Database {
  const refuse = () => Promise.reject(new OperationalError('DATABASE_WITHHELD', 'transient', reason));
  return {
    query: refuse,
    execute: refuse,
    transaction: refuse,
    usage: () => ({ limit: 0, inUse: 0, waiting: 0 }),
    close: async () => {},
  };
}
