// A process that stands still inside a move: forked by a test, it stops itself (SIGSTOP) with the coupon's row locked.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { recordMove } from '../../src/coupons/move.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { openDatabase } from '../../src/store/database.ts';
import { boundToThisProcess } from './app.ts';
import { silent } from './coupon-stores.ts';
import type { Scope } from './servers.ts';

const { FROZEN_MOVER_MYSQL: mysqlUrl, FROZEN_MOVER_COUPON: coupon } = process.env;

export interface FrozenMover {
  /** SIGCONT. Resolves with what came of its move: `changed`, or the code of its error. */
  resume(): Promise<string>;
  /** SIGKILL: ends what it holds. */
  kill(): void;
}

/**
 * The caller kills it before its database is dropped, which waits for the lock. Resolves when it has locked the row and
 * stands still.
 */
export async function freezeInMove(t: Scope, url: string, couponId: number): Promise<FrozenMover> {
  const [execPath, ...execArgv] = [...boundToThisProcess(), process.execPath];
  const child = fork(fileURLToPath(import.meta.url), [], {
    execPath,
    execArgv,
    env: { PATH: process.env.PATH, FROZEN_MOVER_MYSQL: url, FROZEN_MOVER_COUPON: String(couponId) },
  });
  t.after(async () => {
    child.kill('SIGKILL');
  });
  const messages: string[] = [];
  child.on('message', (message) => messages.push(String(message)));
  await once(child, 'message');
  return {
    kill: () => void child.kill('SIGKILL'),
    async resume() {
      child.kill('SIGCONT');
      while (messages.length < 2) await once(child, 'message');
      return messages[1] as string;
    },
  };
}

if (mysqlUrl !== undefined) {
  const tell = (text: string) => new Promise((resolve) => process.send?.(text, undefined, {}, resolve));
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 60_000 });
  const redis = connectForCommands('redis://127.0.0.1:1', 'frozen mover', 1000);
  redis.on('error', () => {});
  const order = { couponId: Number(coupon), actor: 'a test' };
  const outcome = recordMove({ redis, database, log: silent }, 'pause', order, async () => {
    await tell('locked');
    process.kill(process.pid, 'SIGSTOP');
    // The signal may come a moment after the call.
    await new Promise((resolve) => setTimeout(resolve, 200));
    return {};
  });
  await tell(
    await outcome.then(
      ({ changed }) => (changed ? 'changed' : 'nothing'),
      (error) => String(error.code),
    ),
  );
  process.exit();
}
