// Whether all HTTP workers that know of grants are still there, as MySQL has it (table grant_witness). Settles the
// questions of possible-losses.ts: a question that all have answered is removed. If a process has ended that could have
// answered, the possible loss is confirmed and reported. And it clears a process that has ended, as soon as MySQL has
// all the grants that the process can know of. Any persister may do this at any time; a crash leaves it to the next
// check.
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { inspectCoupon } from '../redis/coupon-snapshot.ts';
import type { Database } from '../store/database.ts';
import { listLoaded } from '../store/tables/coupons.ts';
import { readHighestWritten } from '../store/tables/issuances.ts';
import { confirmLoss, type Question, readQuestions, withdrawQuestion } from '../store/tables/possible-losses.ts';
import { clearEnded, deleteWitness, readStandings, type Standing } from '../store/tables/witnesses.ts';

export interface WitnessesOptions {
  readonly database: Database;
  readonly log: Logger;
}

/** Four heartbeats (witness.ts). */
const SILENT_S = 20;
/** A worker that is alive and can't find out what became of its grants by then is not waited for. */
const ANSWER_MS_MAX = 120_000;

/** The processes that had ended at one moment, and how far each coupon's numbers had come then. */
interface Account {
  readonly ended: readonly Standing[];
  /** By coupon; without those of which MySQL has all of it. */
  readonly open: Map<number, number>;
}

export class Witnesses {
  readonly #options: WitnessesOptions;
  #account: Account | null = null;

  constructor(options: WitnessesOptions) {
    this.#options = options;
  }

  /** @throws the connections' errors: the next check goes on */
  async look(redis: Redis): Promise<void> {
    const { database } = this.#options;
    const questions = await readQuestions(database);
    const standings = await readStandings(database, SILENT_S);
    if (questions.length > 0) {
      // Until they are settled, it matters who has ended.
      this.#account = null;
      for (const question of questions) await this.#settle(question, standings);
    } else await this.#clear(redis, standings.filter(hasEnded));
  }

  async #settle(question: Question & { ageMs: number }, standings: readonly Standing[]): Promise<void> {
    const { database, log } = this.#options;
    const unanswered = standings.filter(({ answered }) => answered < question.id);
    const isExpected = ({ instance, silent }: Standing) => instance !== null && !silent;
    if (unanswered.some(isExpected) && question.ageMs < ANSWER_MS_MAX) return;
    if (unanswered.length === 0 && !standings.some(({ ended }) => ended)) {
      await withdrawQuestion(database, question.id);
      return;
    }
    if (!(await confirmLoss(database, question.id))) return;
    const { couponId, afterSequence, numbersMax, grantedAfter, grantedBefore, reason } = question;
    log.error(
      { couponId, afterSequence, numbersMax, grantedAfter, grantedBefore, reason },
      'possible loss: grants of this time may be lost, and not every HTTP worker that would know is still there',
    );
  }

  async #clear(redis: Redis, ended: readonly Standing[]): Promise<void> {
    if (ended.length === 0) {
      this.#account = null;
      return;
    }
    this.#account ??= { ended, open: await this.#readCounters(redis) };
    const { open } = this.#account;
    for (const [couponId, sequence] of open) {
      if (await this.#isWritten(redis, couponId, sequence)) open.delete(couponId);
    }
    if (open.size > 0) return;
    for (const standing of this.#account.ended) await this.#forget(standing);
    this.#account = null;
  }

  async #readCounters(redis: Redis): Promise<Map<number, number>> {
    const coupons = await listLoaded(this.#options.database);
    const counters = new Map<number, number>();
    for (const { id } of coupons) counters.set(id, Number((await inspectCoupon(redis, id)).sequence));
    return counters;
  }

  /** Whether MySQL has every grant up to this number, or would show a gap if Redis lost it. */
  async #isWritten(redis: Redis, couponId: number, sequence: number): Promise<boolean> {
    const { outbox, dead } = await inspectCoupon(redis, couponId);
    if (outbox === 0 && dead === 0) return true;
    return (await readHighestWritten(this.#options.database, couponId)) >= sequence;
  }

  /** What its successor may know of is another matter: that one has another instance. */
  async #forget(standing: Standing): Promise<void> {
    const { database } = this.#options;
    if (standing.instance === null || standing.silent) await deleteWitness(database, standing, SILENT_S);
    else await clearEnded(database, standing);
  }
}

function hasEnded({ instance, ended, silent }: Standing): boolean {
  return instance === null || ended === 1 || silent === 1;
}
