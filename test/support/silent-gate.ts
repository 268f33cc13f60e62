// The gate of another node as it looks from this one while it is alive and can't answer: its connection is open, and
// the claim stays as it is.
import { Installation, OWNER_CONNECTION, readRedisClaim } from '../../src/gate/installation.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { INSTALLATION } from '../../src/redis/keys.ts';
import type { CouponStores } from './coupon-stores.ts';
import type { Scope } from './servers.ts';

export interface SilentGate {
  /** Redis' claim was made with another MySQL server, as after a failover. */
  failOver(): Promise<void>;
  /** It answers at last, as a gate of the same MySQL does: by a new claim. */
  answer(): Promise<void>;
}

export async function connectSilentGate(t: Scope, { server, redis, database }: CouponStores): Promise<SilentGate> {
  const connection = connectForCommands(server.url, 'silent gate');
  t.after(async () => connection.disconnect());
  await connection.client('SETNAME', OWNER_CONNECTION);
  return {
    async failOver() {
      await redis.hset(INSTALLATION, 'server', 'another');
    },
    async answer() {
      const current = await readRedisClaim(redis);
      await new Installation(database).claim(redis, current?.claim ?? null);
    },
  };
}
