// POST /api/v2/me/coupons/{couponId}/issue: one user asks for one coupon.

import type { Applicant, Decision } from '../../issuance/decision.ts';
import type { Issuer } from '../../issuance/issuer.ts';
import type { UserId } from '../../user-id.ts';
import type { Exchange } from '../exchange.ts';
import { replyDecision } from '../issue-replies.ts';
import type { MemberRoute } from '../server.ts';

class IssueRequest implements Applicant {
  readonly userId: UserId;
  readonly idempotencyKey: string | undefined;
  readonly deadlineMs: number;
  readonly #couponId: number;
  readonly #exchange: Exchange;

  constructor(
    exchange: Exchange,
    couponId: number,
    userId: UserId,
    idempotencyKey: string | undefined,
    deadlineMs: number,
  ) {
    this.#exchange = exchange;
    this.#couponId = couponId;
    this.userId = userId;
    this.idempotencyKey = idempotencyKey;
    this.deadlineMs = deadlineMs;
  }

  get gone(): boolean {
    return this.#exchange.over;
  }

  answer(decision: Decision): void {
    replyDecision(this.#exchange, this.#couponId, this.userId, decision);
  }
}

export function issueRoute(issuer: Issuer, issueDeadlineMs: number): MemberRoute {
  return (exchange, userId, couponId, idempotencyKey) => {
    if (idempotencyKey === null) {
      exchange.problem('BAD_REQUEST', 'Idempotency-Key must be one of 1 to 255 visible ASCII characters');
      return;
    }
    const known = issuer.known(couponId, userId, idempotencyKey);
    if (known) {
      replyDecision(exchange, couponId, userId, known);
      return;
    }
    const deadlineMs = exchange.arrivedMs + issueDeadlineMs;
    issuer.submit(couponId, new IssueRequest(exchange, couponId, userId, idempotencyKey, deadlineMs));
  };
}
