// The records of refused changes: who tried what, and why it was not done. docs/operations.md says which are kept.
// Promise: a script in a loop does not fill the table (I6). The same refusal is recorded once a minute: of one coupon,
// looked up in the table, because each command is a process of its own; of a role, which no coupon limits, by memory.
// A record that can't be written in time changes nothing about the answer.
import type { FastifyRequest } from 'fastify';
import { MoveRefused } from '../coupons/move.ts';
import { isId } from '../ids.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { orUndefinedAfter } from '../runtime/patience.ts';
import { recordRefusal } from '../store/tables/audit.ts';
import type { Stores } from '../stores.ts';
import type { Principal } from './principal.ts';
import type { AdminRoute } from './route.ts';

export interface Attempt {
  readonly actor: string;
  /** NaN: of no coupon in particular. */
  readonly couponId: number;
  readonly body: unknown;
}

type Route = Pick<AdminRoute, 'method' | 'operationId' | 'ownPatience'>;

export interface RefusedRolesOptions {
  readonly servers: Pick<Stores, 'database'>;
  /** Why nothing may be written now; null if it may. */
  readonly refusal?: () => Promise<unknown>;
  readonly now?: () => number;
}

/** An answer is not held up by its record for longer. */
const WITHIN_MS = 2000;
const SAME_MS = 60_000;
/** Operators times moves, those that were seen last. */
const REMEMBERED_MAX = 1000;

/** `pause` of pauseCoupon and pauseAllCoupons: the word that the table has for the move itself. */
const actionOf = ({ operationId }: Route): string => /^[a-z]+/.exec(operationId)?.[0] ?? operationId;

/** @returns what `work` gives or throws; what it refuses is recorded before */
export async function recordingRefusals<T>(
  { database }: Pick<Stores, 'database'>,
  route: Route,
  attempt: Attempt,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof MoveRefused && isWorthARecord(route, attempt, error)) {
      const { actor, couponId } = attempt;
      await inTime(recordRefusal(database, { actor, couponId: couponId || 0, action: actionOf(route) }, error));
    }
    throw error;
  }
}

/**
 * What is wrong with the fields that were sent, or names no coupon, is a slip and no attempt. A pause, which is
 * answered within 3 s, has a record of its own if MySQL answers.
 */
function isWorthARecord({ method, ownPatience }: Route, { body }: Attempt, { code, fields }: MoveRefused): boolean {
  const { dryRun = false, intended = false } = (body ?? {}) as { dryRun?: boolean; intended?: boolean };
  if (method === 'GET' || ownPatience) return false;
  return (!dryRun || intended) && code !== 'NOT_FOUND_COUPON' && fields.length === 0;
}

/** What roles were refused. */
export class RefusedRoles {
  readonly #database: Stores['database'];
  readonly #refusal: NonNullable<RefusedRolesOptions['refusal']>;
  readonly #now: () => number;
  /** By operator and route: when it may be recorded again. */
  readonly #recorded = new BoundedMap<string, number>(REMEMBERED_MAX);

  constructor({ servers, refusal = async () => null, now = () => performance.now() }: RefusedRolesOptions) {
    this.#database = servers.database;
    this.#refusal = refusal;
    this.#now = now;
  }

  async record(
    route: Route,
    { name, actor }: Principal,
    { ip, params }: Pick<FastifyRequest, 'ip' | 'params'>,
    message: string,
  ): Promise<void> {
    if (route.method === 'GET') return;
    // Not the actor: an operator may have many addresses.
    const key = `${name} ${route.operationId}`;
    const nowMs = this.#now();
    if ((this.#recorded.peek(key) ?? nowMs) > nowMs) return;
    this.#recorded.set(key, nowMs + SAME_MS);
    if ((await this.#refusal()) !== null) return;
    const { couponId = '' } = params as { couponId?: string };
    const entry = {
      actor: actor ?? `api ${ip}`,
      couponId: isId(couponId) ? Number(couponId) : 0,
      action: actionOf(route),
    };
    await inTime(recordRefusal(this.#database, entry, { code: 'FORBIDDEN_OPERATOR', message }));
  }
}

async function inTime(recording: Promise<void>): Promise<void> {
  await orUndefinedAfter(
    recording.catch(() => {}),
    WITHIN_MS,
  );
}
