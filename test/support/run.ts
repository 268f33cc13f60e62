// What one run of all tests shares: a MySQL, because starting one takes seconds, and a folder that is removed at the
// end. With TEST_MYSQL_URL set (a user `couponrush` who may do everything) that server is the shared one.
// bin/test.mjs calls this and hands `env` to the test files; test/support/servers.ts reads it there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestRun {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startTestRun(): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'couponrush-test-'));
  process.env.TEST_RUN_DIR = folder;
  const releases: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const release of releases) await release();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const given = process.env.TEST_MYSQL_URL;
    if (given) {
      const { ensureMysqlAppUser } = await import('./app-user.ts');
      await ensureMysqlAppUser(given);
      return { env: { TEST_RUN_DIR: folder, TEST_MYSQL_URL: given }, stop };
    }
    const { startMysql } = await import('./servers.ts');
    const { mysqlUrl } = await startMysql({ after: (release) => releases.push(release) });
    return { env: { TEST_RUN_DIR: folder, TEST_MYSQL_URL: mysqlUrl }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
