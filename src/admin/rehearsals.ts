// Rehearsals: a rush of spike users for a coupon that was made for it, and its proof. The load comes from processes of
// its own (src/spike/generators.ts), at a low priority; this process only reads the stores.
// Promise: one at a time, and the last 20 are kept (I6). Its record is in the audit table before the first request, and
// says how it ended. A restart forgets them all: the record of one that was running then stays RECORDED.
import { STATUS_CODES } from 'node:http';
import { MoveRefused } from '../coupons/move.ts';
import { overviewOf } from '../overview/overview.ts';
import { redisNow } from '../redis/time.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { orUndefinedAfter } from '../runtime/patience.ts';
import { get } from '../spike/get.ts';
import { trusted } from '../spike/signature.ts';
import { runSpike, type SpikeReport } from '../spike/spike.ts';
import { verdictOf } from '../spike/verdict.ts';
import { type AuditResult, listAudit, recordAudit, settleAudit } from '../store/tables/audit.ts';
import type { Coupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';

/** The server that is rehearsed with. */
export interface RehearsalTarget {
  /** Base of the issue API of this node. */
  readonly url: string;
  readonly identityMode: 'trust' | 'jwt' | 'hmac';
  readonly issueDeadlineMs: number;
}

type Server = Pick<RehearsalTarget, 'url' | 'issueDeadlineMs'>;

export interface RehearsalOrder {
  readonly coupon: Coupon;
  readonly actor: string;
  readonly users: number;
  /** Number of the first of them; the others follow. */
  readonly firstUser: number;
  /** Each asks twice at the same time. */
  readonly duplicates: boolean;
}

export interface Rehearsal extends RehearsalOrder {
  /** That of its record in the audit table. */
  readonly id: number;
  readonly startedAt: Date;
  /** Users who held the coupon when it began. */
  readonly holdersBefore: number;
  readonly state: 'running' | 'done' | 'failed';
  /** What happens now, or happened last. */
  readonly progress: string;
  readonly endedAt: Date | null;
  /** null: it runs, or has failed. */
  readonly report: SpikeReport | null;
  /** Why nothing is proven. */
  readonly failure: string | null;
}

const KEPT_MAX = 20;
const ANSWER_WITHIN_SECONDS = 30;
const DRAIN_WITHIN_MS = 30_000;
/** Who ordered it has been answered by then that its outcome is unknown, and may have other plans. */
const BEGIN_WITHIN_SECONDS = 5;
/** The end of a rehearsal does not wait longer for its record. */
const RECORD_WITHIN_MS = 5000;
/** What else runs on this machine goes first, and the HTTP workers above all. */
const NICENESS = 10;

interface End {
  readonly change: Partial<Rehearsal>;
  readonly result: AuditResult;
  readonly detail: string;
}

export class Rehearsals {
  readonly #kept = new BoundedMap<number, Rehearsal>(KEPT_MAX);
  /** Taken before anything is awaited, so that two orders at once can't both begin. */
  #busy: { readonly couponId: number; readonly since: Date } | null = null;

  /** @throws MoveRefused NOT_A_REHEARSAL, REHEARSAL_RUNNING, STATE_CONFLICT, NOT_READY; nothing has begun then */
  async begin(servers: Stores, order: RehearsalOrder, target: RehearsalTarget | null): Promise<Rehearsal> {
    const { id: couponId } = order.coupon;
    if (this.#busy !== null) {
      const { couponId: other, since } = this.#busy;
      const detail = `One of coupon ${other} runs since ${since.toISOString()}: wait for its end`;
      throw new MoveRefused('REHEARSAL_RUNNING', detail);
    }
    this.#busy = { couponId, since: new Date() };
    const orderedMs = performance.now();
    try {
      const { url, issueDeadlineMs } = requireTarget(order, target);
      const holdersBefore = await requireOpen(servers, order.coupon);
      await requireReady(url);
      const { actor, users, firstUser, duplicates } = order;
      const after = { users, firstUser, duplicates };
      const id = await recordAudit(servers.database, {
        actor,
        action: 'rehearse',
        couponId,
        after,
        result: 'RECORDED',
      });
      const seconds = Math.round((performance.now() - orderedMs) / 1000);
      if (seconds > BEGIN_WITHIN_SECONDS) {
        const detail = `Not begun: the stores took ${seconds} s to say that it may`;
        await settleAudit(servers.database, id, 'REFUSED', detail);
        throw new MoveRefused('NOT_READY', detail);
      }
      const rehearsal: Rehearsal = {
        ...{ ...order, id, holdersBefore, startedAt: new Date(), state: 'running' },
        ...{ progress: 'starting the load generators', endedAt: null, report: null, failure: null },
      };
      this.#kept.set(id, rehearsal);
      void this.#run(servers, rehearsal, { url, issueDeadlineMs });
      return rehearsal;
    } catch (error) {
      this.#busy = null;
      throw error;
    }
  }

  /** Newest first. */
  of(couponId: number): Rehearsal[] {
    return [...this.#kept.values()].filter(({ coupon }) => coupon.id === couponId).sort((a, b) => b.id - a.id);
  }

  /** @throws MoveRefused NOT_FOUND, with what the audit table still says of it */
  async find({ database }: Stores, couponId: number, id: number): Promise<Rehearsal> {
    const kept = this.#kept.peek(id);
    if (kept?.coupon.id === couponId) return kept;
    const [record] = await listAudit(database, { couponId, before: id + 1, limit: 1 });
    if (record?.id !== id || record.action !== 'rehearse') {
      throw new MoveRefused('NOT_FOUND', `There is no rehearsal ${id} of coupon ${couponId}`);
    }
    const end = record.detail ?? 'its end is unknown, so nothing is proven: let another one run';
    const forgotten = `The last ${KEPT_MAX} are kept by the process that ran them, until it restarts`;
    throw new MoveRefused(
      'NOT_FOUND',
      `${forgotten}, and this one has none of ${id}. It began at ${record.at.toISOString()}: ${end}`,
    );
  }

  #update(id: number, change: Partial<Rehearsal>): void {
    const before = this.#kept.peek(id);
    if (before) this.#kept.set(id, { ...before, ...change });
  }

  /** Never rejects. The end is shown when its record is written, and from then on another one may begin. */
  async #run(servers: Stores, rehearsal: Rehearsal, server: Server): Promise<void> {
    const { database, log } = servers;
    const { id, users } = rehearsal;
    const couponId = rehearsal.coupon.id;
    log.info({ couponId, rehearsal: id, users }, 'a rehearsal begins');
    const { change, result, detail } = await this.#endOf(servers, rehearsal, server);
    const endedAt = new Date();
    log.info({ couponId, rehearsal: id, detail }, 'a rehearsal has ended');
    const recorded = settleAudit(database, id, result, detail).catch(() => {});
    await orUndefinedAfter(recorded, RECORD_WITHIN_MS);
    this.#update(id, { ...change, endedAt });
    this.#busy = null;
  }

  /** Never rejects. */
  async #endOf(
    { redis, database }: Stores,
    { id, coupon, users, firstUser, duplicates }: Rehearsal,
    server: Server,
  ): Promise<End> {
    try {
      const report = await runSpike(
        { redis, database },
        {
          ...{ ...server, couponId: coupon.id, users, firstUser, duplicates, niceness: NICENESS },
          ...{ signing: trusted, timeoutSeconds: ANSWER_WITHIN_SECONDS, drainLimitMs: DRAIN_WITHIN_MS },
          progress: (progress) => this.#update(id, { progress }),
        },
      );
      return { change: { state: 'done', progress: 'done', report }, result: 'APPLIED', detail: verdictOf(report) };
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      const change = { state: 'failed', progress: 'failed', failure } as const;
      return { change, result: 'RECORDED', detail: `NOT PROVEN: ${failure}` };
    }
  }
}

function requireTarget({ coupon, users }: RehearsalOrder, target: RehearsalTarget | null): RehearsalTarget {
  const command = `couponrush spike --coupon ${coupon.id} --users ${users}`;
  if (!coupon.rehearsal) {
    throw new MoveRefused(
      'NOT_A_REHEARSAL',
      `Coupon ${coupon.id} was not made to be rehearsed with, and users could lose it to a rehearsal: make one with ` +
        'rehearsal: true (coupon create --rehearsal). An existing coupon can not become one',
    );
  }
  if (target === null) {
    throw new MoveRefused('NOT_READY', `This admin API does not belong to a server: use ${command}`);
  }
  if (target.identityMode !== 'trust') {
    const key = { jwt: '--jwt-key KEY.pem', hmac: '--hmac-key KEYS' }[target.identityMode];
    throw new MoveRefused(
      'STATE_CONFLICT',
      `Users sign with IDENTITY_MODE=${target.identityMode}, and the admin process has no key for them: use ` +
        `${command} ${key} --report proof.html on this machine`,
    );
  }
  return target;
}

/** @returns how many users hold it */
async function requireOpen({ redis }: Stores, coupon: Coupon): Promise<number> {
  const { phase, live } = await overviewOf(redis, coupon, await redisNow(redis));
  if (phase !== 'open' && phase !== 'sold-out') {
    const opens = phase === 'scheduled' ? `, and opens at ${coupon.opensAt?.toISOString()}` : '';
    const detail = `A rehearsal needs an open coupon, and coupon ${coupon.id} is ${phase}${opens}`;
    throw new MoveRefused('STATE_CONFLICT', detail);
  }
  if (!live?.loaded) throw new MoveRefused('NOT_READY', `Redis can not decide about coupon ${coupon.id} now`);
  return live.holders;
}

async function requireReady(url: string): Promise<void> {
  const { status, body } = await get(`${url}/readyz`).catch(({ code, message }: NodeJS.ErrnoException) => ({
    status: 0,
    body: `it does not answer (${code ?? message})`,
  }));
  if (status === 200) return;
  const answer = status === 0 ? body : `${status} ${STATUS_CODES[status] ?? ''}`;
  throw new MoveRefused('NOT_READY', `The issue API at ${url} is not ready: ${answer}`);
}
