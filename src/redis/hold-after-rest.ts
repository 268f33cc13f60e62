// Holds commands back while a connection that has rested shows that it lives. Without it the first command after a rest
// would be swallowed by a balancer that has forgotten the connection, and fail after its timeout.
// Promise: a command is sent once, in the order of the calls; it is held for 600 ms at most.
import type { Redis } from 'ioredis';
import { cut, RESTED_MS, type Silence } from './silence.ts';

/** Longer than any round trip on a network worth using. A Redis that is slower once costs a new connection. */
const PONG_WITHIN_MS = 100;
/** For a new connection. */
const RENEWED_WITHIN_MS = 500;
/** What ioredis itself sends on a new connection, and PING. */
const OF_THE_CONNECTION = new Set(['hello', 'auth', 'select', 'client', 'info', 'ping']);

export function holdAfterRest(redis: Redis, silence: Silence): void {
  const send = redis.sendCommand.bind(redis);
  let held: (() => void)[] | null = null;
  const release = () => {
    const commands = held ?? [];
    held = null;
    for (const command of commands) command();
  };
  redis.sendCommand = (command, stream) => {
    if (OF_THE_CONNECTION.has(command.name)) return send(command, stream);
    if (held === null) {
      if (redis.status !== 'ready' || silence.ms < RESTED_MS) return send(command, stream);
      held = [];
      const shown = showsLife(redis);
      void shown.then(release);
    }
    held.push(() => void send(command, stream));
    return command.promise;
  };
}

/** Settles when the connection has answered, or a new one is ready, or the limit is reached. */
async function showsLife(redis: Redis): Promise<void> {
  const pong = redis.ping().then(
    () => true,
    () => false,
  );
  const late = new Promise<false>((resolve) => setTimeout(resolve, PONG_WITHIN_MS, false));
  if (await Promise.race([pong, late])) return;
  await new Promise<void>((resolve) => {
    const limit = setTimeout(done, RENEWED_WITHIN_MS);
    function done() {
      clearTimeout(limit);
      redis.off('ready', done);
      resolve();
    }
    redis.on('ready', done);
    if (redis.status === 'ready') cut(redis);
  });
}
