// Connections at rest. A load balancer, a firewall or NAT forgets a connection that is silent for minutes, often
// without a word: what is sent then is swallowed, and TCP finds out after a quarter of an hour.
// So a connection is pinged while it rests, and one that has rested shows that it lives before it is used.
import type { Redis } from 'ioredis';

/** Below the idle timeouts of the large clouds' balancers: 4 minutes at Azure, 350 s at AWS, 10 minutes at Google. */
export const REDIS_PING_MS = 30_000;
/** A connection from which nothing came for this long has to show that it lives. No balancer forgets sooner. */
export const RESTED_MS = 2000;

/** How long nothing has come from Redis on a connection. */
export class Silence {
  #heardMs = performance.now();

  constructor(redis: Redis) {
    const heard = () => {
      this.#heardMs = performance.now();
    };
    redis.on('connect', () => {
      heard();
      redis.stream.on('data', heard);
    });
  }

  get ms(): number {
    return performance.now() - this.#heardMs;
  }
}

/** Cuts a connection at once, so that ioredis makes a new one. disconnect() waits up to 2 s for the other side. */
export function cut(redis: Redis): void {
  redis.stream?.destroy();
}

/** Pings while nothing else is heard, and renews the connection if there is no answer within its timeout. */
export function pingAtRest(redis: Redis, silence: Silence, everyMs: number): void {
  const timer = setInterval(() => {
    if (redis.status !== 'ready' || silence.ms < RESTED_MS) return;
    redis.ping().catch((error: Error) => {
      if (error.name !== 'ReplyError' && redis.status === 'ready') cut(redis);
    });
  }, everyMs).unref();
  redis.on('end', () => clearInterval(timer));
}
