// The tables `installation` (one row: the id of the installation that this database belongs to) and
// `installation_claim`: what its processes wrote into their Redis (src/gate/installation.ts).
import { OperationalError } from '../../errors.ts';
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

export async function readInstallationId(database: Queries): Promise<string | null> {
  const [row] = await database.query<{ id: string }>('SELECT id FROM installation');
  return row?.id ?? null;
}

/** Leaves the one that is there. */
export async function insertInstallationId(database: Executes, id: string): Promise<void> {
  await insertNew(database, 'INSERT INTO installation (id, made_at) VALUES (?, UTC_TIMESTAMP(3))', id);
}

/** @returns null if there is no such claim */
export async function readClaimTime(database: Queries, claim: string): Promise<Date | null> {
  const [row] = await database.query<{ madeAt: Date }>(
    'SELECT made_at AS madeAt FROM installation_claim WHERE claim = ?',
    [claim],
  );
  return row?.madeAt ?? null;
}

/** Leaves the one that is there. */
export async function insertClaim(database: Executes, claim: string): Promise<void> {
  await insertNew(database, 'INSERT INTO installation_claim (claim, made_at) VALUES (?, UTC_TIMESTAMP(3))', claim);
}

export async function deleteOldClaims(database: Executes, keptDays: number): Promise<void> {
  await database.execute('DELETE FROM installation_claim WHERE made_at < UTC_TIMESTAMP(3) - INTERVAL ? DAY', [
    keptDays,
  ]);
}

async function insertNew(database: Executes, sql: string, value: string): Promise<void> {
  try {
    await database.execute(sql, [value]);
  } catch (error) {
    if (!(error instanceof OperationalError && error.code === 'ER_DUP_ENTRY')) throw error;
  }
}
