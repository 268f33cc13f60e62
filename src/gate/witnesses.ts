// Whether all HTTP workers that were told of grants are still there, as MySQL has it (table grant_witness). Settles
// the questions of possible-losses.ts: answered by all, a question is removed; where a process has ended that could
// have answered, the possible loss is confirmed and said. And it clears a process that has ended, as soon as MySQL
// has all that it can have been told of. Any persister may do this at any time; a crash leaves it to the next look.
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { confirmLoss, type Question, readQuestions, withdrawQuestion } from '../rebuild/possible-losses.ts';
import type { Database } from '../store/database.ts';
import { LOADED_STATES } from '../store/tables/coupons.ts';
import { inspectCoupon } from './coupon-check.ts';

export interface WitnessesOptions {
  readonly database: Database;
  readonly log: Logger;
}

/** Four heartbeats (witness.ts). */
const SILENT_S = 20;
/** A worker that is alive and can't find out what became of its grants by then is not waited for. */
const ANSWER_MS_MAX = 120_000;

interface Standing {
  readonly name: string;
  readonly instance: string | null;
  readonly answered: number;
  readonly ended: number;
  readonly silent: number;
}

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

  /** @throws the connections' errors: the next look goes on */
  async look(redis: Redis): Promise<void> {
    const { database } = this.#options;
    const questions = await readQuestions(database);
    const standings = await database.query<Standing>(
      `SELECT name, instance, answered, ended, heard_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND AS silent
         FROM grant_witness`,
      [SILENT_S],
    );
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
    const coupons = await this.#options.database.query<{ id: number }>('SELECT id FROM coupon WHERE state IN (?)', [
      LOADED_STATES,
    ]);
    const counters = new Map<number, number>();
    for (const { id } of coupons) counters.set(id, Number((await inspectCoupon(redis, id)).sequence));
    return counters;
  }

  /** Whether MySQL has every grant up to this number, or would show a gap if Redis lost it. */
  async #isWritten(redis: Redis, couponId: number, sequence: number): Promise<boolean> {
    const { outbox, dead } = await inspectCoupon(redis, couponId);
    if (outbox === 0 && dead === 0) return true;
    const [row] = await this.#options.database.query<{ highest: number | null }>(
      'SELECT MAX(sequence) AS highest FROM user_coupon WHERE coupon_id = ?',
      [couponId],
    );
    return Number(row?.highest ?? 0) >= sequence;
  }

  /** What its successor may have been told of is another matter: that one has another instance. */
  async #forget({ name, instance, silent }: Standing): Promise<void> {
    const { database } = this.#options;
    if (instance === null || silent) {
      await database.execute(
        `DELETE FROM grant_witness WHERE name = ? AND instance <=> ?
            AND (instance IS NULL OR heard_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND)`,
        [name, instance, SILENT_S],
      );
    } else
      await database.execute('UPDATE grant_witness SET ended = 0 WHERE name = ? AND instance = ?', [name, instance]);
  }
}

function hasEnded({ instance, ended, silent }: Standing): boolean {
  return instance === null || ended === 1 || silent === 1;
}
