// One coupon as Redis has it at one moment, by lua/inspect.lua.
import type { Redis } from 'ioredis';
import { couponKeys } from './keys.ts';
import { runScript } from './scripts.ts';

export interface CouponSnapshot {
  /** As it counts. As stored, like the texts below: '' if missing, and anything if it was typed. */
  readonly stock: string;
  readonly state: string;
  /** Milliseconds since 1970; 0: no bound. */
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly sequence: string;
  readonly epoch: string;
  readonly unheld: string;
  readonly holders: number;
  readonly revoked: number;
  readonly outbox: number;
  readonly dead: number;
  readonly hasMeta: boolean;
  readonly locked: boolean;
}

/** What the script replies, in its order. */
export const SNAPSHOT_REPLY = [
  ...(['stock', 'state', 'opensAt', 'closesAt', 'sequence', 'epoch', 'unheld'] as const),
  ...(['holders', 'revoked', 'outbox', 'dead', 'hasMeta', 'locked'] as const),
] as const;

type Reply = Readonly<Record<(typeof SNAPSHOT_REPLY)[number], string | number>>;

export async function inspectCoupon(redis: Redis, couponId: number): Promise<CouponSnapshot> {
  const { stock, holders, meta, outbox, dead, revoked, rebuildLock } = couponKeys(couponId);
  const values = (await runScript(
    redis,
    'inspect',
    [stock, holders, meta, outbox, dead, revoked, rebuildLock],
    [],
  )) as (string | number)[];
  const reply = Object.fromEntries(SNAPSHOT_REPLY.map((name, index) => [name, values[index]])) as Reply;
  return {
    stock: String(reply.stock),
    state: String(reply.state),
    opensAtMs: Number(reply.opensAt),
    closesAtMs: Number(reply.closesAt),
    sequence: String(reply.sequence),
    epoch: String(reply.epoch),
    unheld: String(reply.unheld),
    holders: Number(reply.holders),
    revoked: Number(reply.revoked),
    outbox: Number(reply.outbox),
    dead: Number(reply.dead),
    hasMeta: reply.hasMeta === 1,
    locked: reply.locked === 1,
  };
}
