// Whether a Redis belongs to the installation of our MySQL. Two deployments on one Redis would decide on each other's
// stock, so a Redis that is another's is not read from, not written to and not decided on (I1).
//
// It is ours if its claim is one that our MySQL knows, and a process that is alive on this Redis replaces it by another
// one that our MySQL knows. If no process is alive, our MySQL must be the server that the claim was made with, or
// nothing else may come for some seconds (a failover). The reasons are in docs/decisions/installation.md.
// A crash at any point leaves a claim in MySQL that is in no Redis, which is harmless.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { OperationalError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { pollUntil } from '../runtime/poll.ts';
import type { Database } from '../store/database.ts';
import {
  askForClaim,
  Installation,
  isOwnerConnected,
  type RedisClaim,
  readRedisClaim,
  writeRedisClaim,
} from './installation.ts';

/** What a node has seen proven survives its restart: a node that starts while MySQL is unreachable may go on. */
export interface ClaimMemory {
  has(claim: string): boolean;
  keep(claim: string): void;
}

export interface Verdict {
  /** Claims that Redis may have and be ours. Empty: it is not, or it is not known yet. */
  readonly claims: readonly string[];
  /** Why it is not ours, for an operator; null if it is, or is not known yet. */
  readonly problem: string | null;
  /** Whether `problem` ends only by what an operator does. */
  readonly isFinal: boolean;
}

export interface OwnershipOptions {
  readonly installation: Installation;
  readonly log: Logger;
  readonly memory?: ClaimMemory | null;
  readonly onVerdict?: (verdict: Verdict) => void;
  /** A claim is replaced after so long, so that older copies of the database are recognised. Null: others do that. */
  readonly renewEveryMs?: number | null;
  /**
   * How long a process that is alive has time to replace the claim, if our MySQL looks like the server of the claim.
   */
  readonly answerWithinMs?: number;
}

const RENEW_EVERY_MS = 600_000;
/** Longer than a gate that lives takes to connect again. */
const ALONE_MS = 5000;
/** A gate that lives answers within a second or two. One that hangs must not keep a node of its own deployment shut. */
const ANSWER_WITHIN_MS = 3000;
/** If this node has proven it before, a MySQL that does not answer is not waited for any longer. */
const MYSQL_WAIT_MS = 2000;
const CLAIMS_MAX = 20;

export class Ownership {
  readonly #options: OwnershipOptions;
  #verdict: Verdict = { claims: [], problem: null, isFinal: false };
  /** What Redis had when it was ours at the last check. */
  #last: RedisClaim | null = null;
  /** Whether MySQL has confirmed it, and not only this node's memory. */
  #isProven = false;
  /** By MySQL's clock: a claim that is made later, and that it knows, proves that it is the MySQL of Redis' owner. */
  #waitsSince: Date | null = null;
  #waitsSinceMs = 0;
  #aloneSinceMs: number | null = null;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #isRenewing = false;

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /**
   * Checks what Redis says now, and claims it if it belongs to no one.
   * @returns whether it is ours; otherwise check again, or read `verdict.problem`
   * @throws the error of Redis or MySQL, if one of them must be asked and does not answer
   */
  async look(redis: Redis): Promise<boolean> {
    const found = await readRedisClaim(redis);
    if (found === null) return this.#claimEmpty(redis);
    const isKnown = this.#isProven && this.#verdict.claims.includes(found.claim);
    if (!isKnown && !(await this.#judge(redis, found))) return false;
    if (this.#last?.claim !== found.claim) this.#accept(found);
    this.#renewIfDue(redis, found);
    return true;
  }

  /** MySQL was unreachable: it may be another server now, or have lost its last writes. */
  renewSoon(): void {
    this.#renewedMs = Number.NEGATIVE_INFINITY;
  }

  async #claimEmpty(redis: Redis): Promise<boolean> {
    const last = this.#last;
    // Emptied while we were connected: it gets back what it had, also while MySQL is unreachable.
    if (last) return writeRedisClaim(redis, null, last);
    if (await this.#isOtherAlive(redis)) {
      return this.#refuse('this Redis is empty, and a deployment that is connected to it comes first', false);
    }
    if (this.#verdict.problem !== null && !this.#isAloneLongEnough()) return false;
    return this.#take(redis, null);
  }

  async #take(redis: Redis, expected: string | null): Promise<boolean> {
    const claimed = await this.#options.installation.claim(redis, expected);
    if (claimed === null) return false;
    this.#isProven = true;
    this.#renewedMs = performance.now();
    this.#accept(claimed);
    return true;
  }

  /** Of a claim that MySQL has not confirmed yet. */
  async #judge(redis: Redis, found: RedisClaim): Promise<boolean> {
    const isRemembered = !this.#isProven && this.#options.memory?.has(found.claim) === true;
    try {
      const judged = this.#askMysql(redis, found);
      return await (isRemembered ? Promise.race([judged, sleep(MYSQL_WAIT_MS, true, { ref: false })]) : judged);
    } catch (error) {
      if (isRemembered && error instanceof OperationalError) return true;
      throw error;
    }
  }

  async #askMysql(redis: Redis, found: RedisClaim): Promise<boolean> {
    const { installation, log, answerWithinMs = ANSWER_WITHIN_MS } = this.#options;
    const id = await installation.id();
    if (found.id !== id) return this.#refuse(otherInstallation(found.id, id), true);
    const madeAt = await installation.madeAt(found.claim);
    if (madeAt === null) return this.#refuse(otherCopy(found), true);
    if (this.#isProven || (this.#waitsSince !== null && madeAt >= this.#waitsSince)) return this.#prove();
    const isSameServer = found.server === (await installation.server());
    await this.#beginWaiting();
    if (await this.#isOtherAlive(redis)) {
      if (isSameServer && performance.now() - this.#waitsSinceMs >= answerWithinMs) return this.#prove();
      if (found.asked !== found.claim) await askForClaim(redis, found.claim);
      return isSameServer ? false : this.#refuse(notProven(found), false);
    }
    if (isSameServer) return this.#prove();
    if (!this.#isAloneLongEnough() || !(await this.#take(redis, found.claim))) return false;
    log.warn({ id }, 'MySQL is another server than before, and no other deployment is alive: goes on with this one');
    return true;
  }

  #prove(): true {
    this.#isProven = true;
    return true;
  }

  async #beginWaiting(): Promise<void> {
    if (this.#waitsSince !== null) return;
    this.#waitsSince = await this.#options.installation.now();
    this.#waitsSinceMs = performance.now();
  }

  #accept(claim: RedisClaim): void {
    this.#last = claim;
    this.#waitsSince = null;
    this.#aloneSinceMs = null;
    if (this.#verdict.claims.includes(claim.claim)) return;
    if (this.#isProven) this.#options.memory?.keep(claim.claim);
    const claims = [...this.#verdict.claims, claim.claim].slice(-CLAIMS_MAX);
    this.#conclude({ claims, problem: null, isFinal: false });
  }

  #refuse(problem: string, isFinal: boolean): false {
    this.#last = null;
    this.#isProven = false;
    if (this.#verdict.problem === problem) return false;
    this.#options.log.error(problem);
    this.#conclude({ claims: [], problem, isFinal });
    return false;
  }

  #conclude(verdict: Verdict): void {
    this.#verdict = verdict;
    this.#options.onVerdict?.(verdict);
  }

  async #isOtherAlive(redis: Redis): Promise<boolean> {
    const isAlive = await isOwnerConnected(redis);
    this.#aloneSinceMs = isAlive ? null : (this.#aloneSinceMs ?? performance.now());
    return isAlive;
  }

  #isAloneLongEnough(): boolean {
    return this.#aloneSinceMs !== null && performance.now() - this.#aloneSinceMs >= ALONE_MS;
  }

  /** Beside everything else: a MySQL that hangs holds up nothing. */
  #renewIfDue(redis: Redis, current: RedisClaim): void {
    const { renewEveryMs = RENEW_EVERY_MS } = this.#options;
    if (renewEveryMs === null || this.#isRenewing || !this.#isProven) return;
    const startedMs = performance.now();
    if (current.asked !== current.claim && startedMs - this.#renewedMs < renewEveryMs) return;
    this.#isRenewing = true;
    this.#renew(redis, current)
      .then(() => {
        this.#renewedMs = startedMs;
      })
      // Redis or MySQL is unreachable: the next check tries again.
      .catch(() => {})
      .finally(() => {
        this.#isRenewing = false;
      });
  }

  async #renew(redis: Redis, current: RedisClaim): Promise<void> {
    const { installation } = this.#options;
    await installation.remember(current.claim);
    const next = await installation.claim(redis, current.claim);
    if (next !== null && this.#last?.claim === current.claim) this.#accept(next);
    await installation.forgetOld();
  }
}

/** A gate that lives answers within a second, and one that does not is not waited for longer than `ALONE_MS`. */
const REQUIRED_WITHIN_MS = ALONE_MS + 3000;
const REQUIRED_LOOK_EVERY_MS = 200;

/**
 * For what is done once, beside the gates: a command, or the start.
 * @throws OperationalError OTHER_INSTALLATION with a sentence for the operator; or the error of a store that does not
 *   answer
 */
export async function requireOwnRedis(redis: Redis, database: Database, log: Logger): Promise<void> {
  const installation = new Installation(database);
  const ownership = new Ownership({ installation, log, renewEveryMs: null, answerWithinMs: 0 });
  let isOurs = false;
  const isDecided = async () => {
    isOurs = await ownership.look(redis);
    return isOurs || ownership.verdict.isFinal;
  };
  await pollUntil(isDecided, { everyMs: REQUIRED_LOOK_EVERY_MS, withinMs: REQUIRED_WITHIN_MS });
  if (isOurs) return;
  const sentence =
    ownership.verdict.problem ?? 'it is not known yet whether this Redis belongs to this MySQL: try again';
  throw new OperationalError('OTHER_INSTALLATION', 'permanent', sentence);
}

const MOVE =
  'check REDIS_URL and MYSQL_URL; to use this Redis with this MySQL from ' +
  'here on, stop the other deployment and run "couponrush installation move"';

function otherInstallation(redis: string, mysql: string): string {
  return (
    'nothing is decided: this Redis belongs to installation ' +
    `${redis}, and this MySQL is installation ${mysql}; ${MOVE}`
  );
}

function otherCopy({ id, claim }: RedisClaim): string {
  return (
    `nothing is decided: this Redis and this MySQL are both installation ${id}, but this MySQL ` +
    `does not know the claim ${claim} of Redis, so it is another copy of the database; ${MOVE}`
  );
}

function notProven({ id, claim }: RedisClaim): string {
  return (
    `not proven yet: this Redis and this MySQL are both installation ${id}, but this MySQL ` +
    `is another server than that of the claim ${claim}, and a deployment is connected to this Redis ` +
    'that has not proven to use this MySQL; until that is proven or the other one is stopped, ' +
    `this node writes no rows; otherwise ${MOVE}`
  );
}
