// What Redis and MySQL hold of the users of a history. Redis is read first: a grant only moves from there to MySQL.

import { couponKeys } from '../redis/keys.ts';
import { readCounts } from '../store/tables/coupons.ts';
import { type IssuedRow, readRowsOfUsers } from '../store/tables/issuances.ts';
import type { ReadStores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';
import { readWaiting } from '../verify/unpersisted.ts';
import type { HistoryState } from './check.ts';

/** Users in one command or statement: about 1 ms of each store. */
const USERS_A_READ = 1000;

/** Users who hold the coupon, by Redis or by MySQL. */
export async function readHoldersAmong(
  stores: ReadStores,
  couponId: number,
  users: readonly UserKey[],
): Promise<Set<UserKey>> {
  const held = await readHolders(stores, couponId, users);
  for (const row of await readRowsOf(stores, couponId, users)) held.add(row.user);
  return held;
}

/** All but the settlements: those come from the server, not from its stores. */
export async function readHistoryState(
  stores: ReadStores,
  couponId: number,
  users: readonly UserKey[],
): Promise<Omit<HistoryState, 'settled'>> {
  const asked = new Set(users);
  const holders = await readHolders(stores, couponId, users);
  const { outbox, dead } = await readWaiting(stores.redis, couponId);
  const rows = await readRowsOf(stores, couponId, users);
  const coupon = await readCounts(stores.database, couponId);
  return {
    stock: coupon?.totalStock ?? 0,
    holders,
    rows,
    outbox: outbox.filter(({ user }) => asked.has(user)),
    dead: dead.filter(({ user }) => asked.has(user)),
  };
}

async function readHolders({ redis }: ReadStores, couponId: number, users: readonly UserKey[]): Promise<Set<UserKey>> {
  const held = new Set<UserKey>();
  for (const chunk of chunksOf(users)) {
    const flags = await redis.smismember(couponKeys(couponId).holders, ...chunk);
    chunk.forEach((user, index) => {
      if (flags[index] === 1) held.add(user);
    });
  }
  return held;
}

async function readRowsOf({ database }: ReadStores, couponId: number, users: readonly UserKey[]): Promise<IssuedRow[]> {
  const rows: IssuedRow[] = [];
  for (const chunk of chunksOf(users)) {
    rows.push(...(await readRowsOfUsers(database, couponId, chunk)));
  }
  return rows;
}

function* chunksOf(users: readonly UserKey[]): Generator<UserKey[]> {
  for (let from = 0; from < users.length; from += USERS_A_READ) yield users.slice(from, from + USERS_A_READ);
}
