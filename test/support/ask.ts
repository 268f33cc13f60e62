// One user asks for one coupon, with fetch: the answer in the words of the tests.
import { userIdOf } from './user-ids.ts';

export interface Answer {
  readonly status: number;
  /** Code of the problem; empty for a grant. */
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

export async function request(
  url: string,
  path: string,
  init: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code: (body.code as string | undefined) ?? '', body, headers: response.headers };
}

export function issue(
  url: string,
  couponId: number,
  user: number | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return request(url, `/api/v2/me/coupons/${couponId}/issue`, {
    method: 'POST',
    headers: { 'commerce-user-id': userIdOf(user), ...headers },
  });
}
