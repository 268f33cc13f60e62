// Which installation a MySQL belongs to, and which one a Redis says it belongs to. What follows from a difference is
// decided in ownership.ts; the reasons are in docs/decisions/installation.md.
// Promise: a claim stands in MySQL before it stands in Redis, and it is replaced in Redis only if no other process
// replaced it since.
import { createHash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { OperationalError } from '../errors.ts';
import { INSTALLATION } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import type { Database } from '../store/database.ts';
import { mysqlNow, readServerMarks } from '../store/server-status.ts';
import {
  deleteOldClaims,
  insertClaim,
  insertInstallationId,
  readClaimTime,
  readInstallationId,
} from '../store/tables/installation.ts';

/** What Redis says of itself. */
export interface RedisClaim {
  /** Of the installation. */
  readonly id: string;
  readonly claim: string;
  /** Fingerprint of the MySQL server that had this claim when it was written. */
  readonly server: string;
  /** The claim that another gate has read and wants to see replaced; null if none does. */
  readonly asked: string | null;
}

/** @returns null if Redis belongs to no installation: it is new, or was emptied */
export async function readRedisClaim(redis: Redis): Promise<RedisClaim | null> {
  const [id, claim, server, asked] = await redis.hmget(INSTALLATION, 'id', 'claim', 'server', 'asked');
  if (!claim) return null;
  return { id: id ?? 'unknown', claim, server: server ?? '', asked: asked ?? null };
}

/** @returns whether Redis still had what was expected, and has the new claim now */
export async function writeRedisClaim(redis: Redis, expected: string | null, next: RedisClaim): Promise<boolean> {
  const args = [expected ?? '', next.id, next.claim, next.server];
  return (await runScript(redis, 'claim-installation', [INSTALLATION], args)) === 1;
}

/** Name of the connection of a gate whose Redis is its own: how a deployment that is alive is seen by another. */
export const OWNER_CONNECTION = 'couponrush-gate-owner';

export async function isOwnerConnected(redis: Redis): Promise<boolean> {
  return ((await redis.client('LIST')) as string).includes(` name=${OWNER_CONNECTION} `);
}

/** Asks the deployment that has this Redis for a new claim, by which one of the same MySQL recognises it. */
export async function askForClaim(redis: Redis, current: string): Promise<void> {
  await redis.hset(INSTALLATION, 'asked', current);
}

const KEPT_DAYS = 30;

export class Installation {
  readonly #database: Database;
  #id: string | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Made at the first call, if this database has none yet. */
  async id(): Promise<string> {
    this.#id ??= (await readInstallationId(this.#database)) ?? (await this.#makeId());
    return this.#id;
  }

  /** When a process of this database, or of the one that it is a copy of, made this claim; null if none did. */
  madeAt(claim: string): Promise<Date | null> {
    return readClaimTime(this.#database, claim);
  }

  /** By MySQL's clock. */
  async now(): Promise<Date> {
    return new Date(await mysqlNow(this.#database));
  }

  /**
   * Which server this is, as far as servers can be distinguished: a database that was restored elsewhere, a promoted
   * replica and the other end of a failover have another one.
   */
  async server(): Promise<string> {
    const text = JSON.stringify(await readServerMarks(this.#database, 'installation'));
    return createHash('sha256').update(text).digest('hex').slice(0, 16);
  }

  /** @returns the new claim in Redis, or null if another process was faster */
  async claim(redis: Redis, expected: string | null): Promise<RedisClaim | null> {
    const [id, server] = await Promise.all([this.id(), this.server()]);
    const next = { id, claim: randomUUID(), server, asked: null };
    await this.remember(next.claim);
    return (await writeRedisClaim(redis, expected, next)) ? next : null;
  }

  /** A claim that MySQL may have lost, in a failover to a replica that was behind, is written again. */
  async remember(claim: string): Promise<void> {
    await insertClaim(this.#database, claim);
  }

  /** After a new claim: a Redis that is restored from a snapshot of up to 30 days ago is still recognised. */
  async forgetOld(): Promise<void> {
    await deleteOldClaims(this.#database, KEPT_DAYS);
  }

  async #makeId(): Promise<string> {
    await insertInstallationId(this.#database, randomUUID());
    const id = await readInstallationId(this.#database);
    if (id === null)
      throw new OperationalError('NO_INSTALLATION', 'transient', 'MySQL does not have its installation id');
    return id;
  }
}
