// The two stores, as everything that needs both of them is given them. A function that needs less says so with Pick.
import type { Redis } from 'ioredis';
import type { Logger } from './log.ts';
import type { Database, Statements } from './store/database.ts';

export interface Stores {
  readonly redis: Redis;
  readonly database: Database;
  readonly log: Logger;
}

/** For what only reads: it cannot change a row by mistake. */
export interface ReadStores {
  readonly redis: Redis;
  readonly database: Pick<Statements, 'query'>;
}
