// POST /api/v2/me/coupons/{couponId}/issue: one user asks for one coupon.

import type { Applicant, Decision } from '../../issuance/decision.ts';
import type { Issuer } from '../../issuance/issuer.ts';
import type { Exchange } from '../exchange.ts';
import { replyDecision } from '../issue-replies.ts';
import type { MemberRoute } from '../server.ts';

class IssueRequest implements Applicant {
  readonly userId: string;
  readonly deadlineMs: number;
  readonly #couponId: number;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, couponId: number, userId: string, deadlineMs: number) {
    this.#exchange = exchange;
    this.#couponId = couponId;
    this.userId = userId;
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
  return (exchange, userId, couponId) => {
    issuer.submit(couponId, new IssueRequest(exchange, couponId, userId, exchange.arrivedMs + issueDeadlineMs));
  };
}
