// The persister as the primary runs it: a process of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { projectRoot } from '../../src/project.ts';
import { testFolder } from './folder.ts';
import { waitFor } from './wait.ts';

interface Message {
  readonly type: string;
}

/** Of all persisters of this test file: where they keep what they have seen proven. */
const dataDir = testFolder('persister');
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));

export function forkPersister(t: TestContext, redisUrl: string, mysqlUrl: string) {
  const child: ChildProcess = fork(join(projectRoot, 'dist/workers/persister.js'), [], {
    env: {
      PATH: process.env.PATH,
      REDIS_URL: redisUrl,
      MYSQL_URL: mysqlUrl,
      COUPONRUSH_DATA_DIR: dataDir,
      COUPONRUSH_PERSISTER_NAME: 'first',
      COUPONRUSH_LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    },
  });
  const messages: Message[] = [];
  child.on('message', (message) => messages.push(message as Message));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const ready = (): Promise<unknown> => waitFor('it consumes', () => messages.some(({ type }) => type === 'ready'));
  return { child, messages, exited, ready };
}
