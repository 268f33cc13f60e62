// Several commands as one write to the connection.
import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

/**
 * What `send` sends synchronously arrives together, so Redis executes it in one turn: one sync of its append-only file,
 * and one packet of replies. Sent one by one, each command costs both sides a turn of their own.
 */
export function inOnePacket<T>(redis: Redis, send: () => T): T {
  // Without a connection, what is sent waits in ioredis' queue.
  const { stream } = redis as unknown as { stream?: Socket };
  stream?.cork();
  try {
    return send();
  } finally {
    stream?.uncork();
  }
}
