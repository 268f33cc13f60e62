// The schema and the rights on it, by the user that may change them.
import type { Logger } from '../log.ts';
import { migrate } from './migrate.ts';
import { grantRights } from './rights.ts';

/**
 * @param migrationUrl null: the user of `runUrl` migrates, and has its rights from another user
 * @returns how many migrations were applied
 * @throws OperationalError
 */
export async function migrateSchema(runUrl: string, migrationUrl: string | null, log: Logger): Promise<number> {
  const applied = await migrate(migrationUrl ?? runUrl, log);
  if (migrationUrl !== null) await grantRights(migrationUrl, runUrl, log);
  return applied;
}
