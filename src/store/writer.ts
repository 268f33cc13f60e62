// Which server takes writes. After a failover the old writer often stays reachable as a read-only replica, and a name
// that points to the new one is of no use to a connection that is open already.
import { OperationalError } from '../errors.ts';

/** Of one row, a WriterAnswer. Both names are known to MySQL and MariaDB; super_read_only implies the first. */
export const WRITER_QUESTION = 'SELECT @@GLOBAL.read_only AS readOnly, @@GLOBAL.innodb_read_only AS innodbReadOnly';

export interface WriterAnswer {
  /** MariaDB 12 has words for it. */
  readonly readOnly: number | string | null;
  readonly innodbReadOnly: number | string | null;
}

const OFF: readonly unknown[] = [0, '0', 'OFF', null];

/**
 * What a user with SUPER could still write to a read-only server would be lost to the writer, so rights don't matter.
 */
export function takesWrites(answer: WriterAnswer | undefined): boolean {
  return answer !== undefined && OFF.includes(answer.readOnly) && OFF.includes(answer.innodbReadOnly);
}

/** @returns whether the server that answers takes writes. @throws OperationalError if none answers */
export async function isWriter(database: { query<Row>(sql: string): Promise<Row[]> }): Promise<boolean> {
  const [answer] = await database.query<WriterAnswer>(WRITER_QUESTION);
  return takesWrites(answer);
}

export const READ_ONLY = 'MYSQL_READ_ONLY';

/** Nothing was written. */
export function readOnlyFailure(): OperationalError {
  const message =
    'the MySQL that answers at this address is read-only (a replica, or a writer before or after a failover)';
  return new OperationalError(READ_ONLY, 'transient', message);
}
