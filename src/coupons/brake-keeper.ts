// Handles the pauses that MySQL does not have yet (lua/brake.lua), in each persister. It remembers them within half a
// second, and records them as soon as MySQL can be written. It puts them back into a Redis that lost them, before the
// gate opens that Redis. Safe with any number of persisters: each pause has an id, and is recorded once.
// A mark that is gone was released because MySQL has it, or was lost: MySQL is asked which. Until it answers, a Redis
// that lost something decides nothing.
import type { Redis } from 'ioredis';
import { redisOutage } from '../redis/failures.ts';
import { couponKeys, INSTALLATION } from '../redis/keys.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { KnownFailures } from '../runtime/known-failures.ts';
import { Service } from '../runtime/service.ts';
import { ThrottledLog } from '../runtime/throttled-log.ts';
import { isBrakeRecorded } from '../store/tables/brake-records.ts';
import { readCoupon } from '../store/tables/coupons.ts';
import { readInstallationId } from '../store/tables/installation.ts';
import type { Stores } from '../stores.ts';
import { type PlacedBrake, placeBrake, readBrakes } from './brake.ts';
import type { BrakeMemory } from './brake-memory.ts';
import { pauseUnlisted } from './pause-unlisted.ts';
import { recordBrake, settleBrake } from './record-brake.ts';

export interface BrakeKeeperOptions extends Stores {
  readonly memory: BrakeMemory;
  /** Whether this Redis is ours and was compared with MySQL. */
  readonly isRedisVerified: () => boolean;
}

const LOOK_EVERY_MS = 500;
const STOP_MS = 300;

export class BrakeKeeper {
  readonly #options: BrakeKeeperOptions;
  /** Two duties, since MySQL may hang: that must not keep new pauses from being remembered. */
  readonly #duties: readonly Service[];
  /** What Redis had at the last check. */
  #found: readonly PlacedBrake[] = [];
  /** Keys that Redis refuses: each is tried again all the time, and reported once. */
  readonly #refused = new KnownFailures<string>();

  constructor(options: BrakeKeeperOptions) {
    this.#options = options;
    const { log, isRedisVerified } = options;
    const throttledLog = new ThrottledLog(log);
    const duty = (name: string, turn: () => Promise<void>, say: string) =>
      new Service({
        name,
        log,
        pauseMs: LOOK_EVERY_MS,
        stopMs: STOP_MS,
        turn: async () => {
          if (isRedisVerified()) await turn();
        },
        onFailure: (error) => throttledLog.write('warn', { error: String(error) }, say),
      });
    this.#duties = [
      duty('brake memory', () => this.#remember(), 'pauses can not be looked for in Redis now'),
      duty('brake records', () => this.#recordAll(), 'pauses that MySQL does not have yet can not be recorded now'),
    ];
  }

  start(): void {
    for (const duty of this.#duties) duty.start();
  }

  /** What is being recorded is not waited for: it is recorded, or it is not and the next start goes on. */
  async stop(): Promise<void> {
    await Promise.all(this.#duties.map((duty) => duty.stop()));
  }

  /**
   * Before a Redis that may have lost something is opened.
   * @returns coupons whose pause this Redis refuses: they must not be opened
   * @throws the error of Redis or MySQL: none may be opened
   */
  async putBack(redis: Redis): Promise<ReadonlySet<number>> {
    const { memory, database, log } = this.#options;
    const onRefused = (key: string, refusal: Error) => this.#reportRefusal(key, refusal);
    const refused = new Set(await pauseUnlisted(redis, database, onRefused));
    if (memory.isEmpty) return refused;
    const remembered = memory.of((await readInstallationId(database)) ?? '');
    if (remembered.length === 0) return refused;
    const present = new Set((await this.#read(redis)).map(({ id }) => id));
    for (const brake of remembered.filter(({ id }) => !present.has(id))) {
      const { couponId, actor, atMs } = brake;
      const isSettled = await isBrakeRecorded(database, couponId, brake.id);
      if (isSettled || (await readCoupon(database, couponId)) === null) {
        memory.forget(brake.id);
        continue;
      }
      const isPlaced = await this.#unlessRefused(couponId, placeBrake(redis, brake, { atMs }));
      if (!isPlaced) {
        refused.add(couponId);
        continue;
      }
      log.warn(
        { couponId, actor, at: new Date(atMs) },
        'Redis lost a pause that MySQL does not have yet: it is put back',
      );
    }
    return refused;
  }

  async #remember(): Promise<void> {
    const { redis, memory } = this.#options;
    this.#found = await this.#read(redis);
    if (this.#found.length === 0) return;
    // This Redis is verified: it belongs to our MySQL, which may not answer now.
    const installation = await redis.hget(INSTALLATION, 'id');
    if (installation !== null) memory.keep(this.#found, installation);
  }

  async #read(redis: Redis): Promise<readonly PlacedBrake[]> {
    const brakes = await readBrakes(redis, (key, refusal) => this.#reportRefusal(key, refusal));
    return [...brakes.values()].flat();
  }

  async #recordAll(): Promise<void> {
    await this.putBack(this.#options.redis);
    for (const brake of this.#found) await this.#unlessRefused(brake.couponId, this.#record(brake));
  }

  /** What Redis refuses of one coupon, such as a key of another type, does not keep the others. */
  async #unlessRefused(couponId: number, work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      if (!isRedisReply(error) || redisOutage(error) !== null) throw error;
      this.#reportRefusal(couponKeys(couponId).brake, error);
      return false;
    }
  }

  #reportRefusal(key: string, refusal: Error): void {
    if (!this.#refused.add(key, refusal.message)) return;
    const fields = { key, error: String(refusal) };
    this.#options.log.error(
      fields,
      'Redis refuses a pause of one coupon: delete the key that has another type, and rebuild the coupon',
    );
  }

  async #record(brake: PlacedBrake): Promise<void> {
    const { memory, log } = this.#options;
    const { couponId, actor, atMs } = brake;
    const record = await recordBrake(this.#options, brake, { atMs, holdDraft: true });
    if (!record || !(await settleBrake(this.#options, brake, record.coupon))) return;
    this.#refused.delete(couponKeys(couponId).brake);
    memory.forget(brake.id);
    const at = new Date(atMs);
    if (record.refusal) log.warn({ couponId, actor, at, reason: record.refusal.message }, 'a pause came to nothing');
    else log.info({ couponId, actor, at }, 'MySQL has a pause that Redis had before');
  }
}
