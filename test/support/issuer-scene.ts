// An Issuer whose Redis is a list of calls that the test replies to; everything else is the real one.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Applicant, Decision } from '../../src/issuance/decision.ts';
import { Issuer, type IssuerOptions } from '../../src/issuance/issuer.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import type { Scope } from './servers.ts';

export const COUPON = 7;

export interface ScriptCall {
  readonly users: readonly string[];
  readonly reply: (raw: unknown) => void;
}

export type IssuerChanges = Partial<Omit<IssuerOptions, 'pool'>> & { readonly lanes?: number };

/** What lua/issue.lua replies: one letter for each user. */
export const decidedReply = (codes: string, left = 5) => ['decided', 1000, 1, left, 0, 1, codes];

export function issuerScene(t: Scope, { lanes = 1, ...changes }: IssuerChanges = {}) {
  const calls: ScriptCall[] = [];
  const answers = new Map<string, string>();
  const errors: unknown[] = [];
  const pool = {
    size: lanes,
    usable: true,
    clock: { toRedisMs: (ms: number) => ms, observe: () => {} } as unknown as IssuerOptions['pool']['clock'],
    run: (_lane: number, _script: string, _keys: readonly string[], args: readonly (string | number)[]) =>
      new Promise<unknown>((reply) => calls.push({ users: String(args[4]).split(','), reply })),
  };
  const metrics = createMetrics();
  const issuer = new Issuer({
    pool,
    metrics,
    instance: 'test',
    batchUsersMax: 100,
    inflightMax: 100,
    queueDelayMaxMs: 1000,
    outboxRowsMax: 1000,
    exists: async () => 'yes',
    decideNotInRedis: async () => ({ kind: 'not-ready' }),
    adopt: async () => 'absent',
    idempotencyKeys: { claim: async () => 'claimed', keep: () => {} },
    lostGrants: { granted: () => {} },
    recentGrants: { add: () => {} },
    soldOut: null,
    reportError: (error) => void errors.push(error),
    ...changes,
  });
  t.after(async () => issuer.stop());

  /** @param withinMs until the applicant's deadline */
  function submit(userId: string, rest: Partial<Applicant> = {}, withinMs = 10_000): void {
    issuer.submit(COUPON, {
      userId,
      idempotencyKey: undefined,
      deadlineMs: performance.now() + withinMs,
      gone: false,
      answer(decision: Decision) {
        assert.ok(!answers.has(userId), `user ${userId} is answered twice`);
        answers.set(userId, decision.kind);
      },
      ...rest,
    });
  }

  /** Requests that were shed, by reason. */
  async function readSheds(): Promise<Map<string, number>> {
    const found = await metrics.registry.getSingleMetric('couponrush_sheds_total')?.get();
    return new Map(
      (found?.values ?? []).map(({ labels, value }) => [String((labels as { reason: string }).reason), Number(value)]),
    );
  }

  return { issuer, pool, calls, answers, errors, submit, readSheds };
}

/** Until all applicants of the turn are sent, and what was replied is read. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Until the user is answered, as long as a sweep and more takes. */
export async function answerOf(answers: ReadonlyMap<string, string>, userId: string): Promise<string | undefined> {
  const untilMs = performance.now() + 2000;
  while (!answers.has(userId) && performance.now() < untilMs) await sleep(2);
  return answers.get(userId);
}
