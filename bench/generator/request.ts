// The bytes of one request, made once for each connection: only the ten digits of its user change. With
// USER_ID_TYPE=text the user is a UUID that ends with them.
import { userIdType } from '../../src/user-id.ts';

const ZERO = 48;
export const USER_DIGITS = 10;
export const USER_PREFIX = userIdType === 'text' ? '0b9f7c9e-2d64-4b8a-9d0e-5f' : '';

/** What a request asks: to be issued a coupon, whether the user holds it, what the user holds, the public view. */
export type Ask = 'issue' | 'holding' | 'my-coupons' | 'view';

const asks: Readonly<Record<Ask, (couponId: number) => string>> = {
  issue: (couponId) => `POST /api/v2/me/coupons/${couponId}/issue`,
  holding: (couponId) => `GET /api/v2/me/coupons/${couponId}`,
  'my-coupons': () => 'GET /api/v2/me/coupons',
  view: (couponId) => `GET /api/v2/coupons/${couponId}`,
};

export class RequestBytes {
  readonly bytes: Buffer;
  readonly #userAt: number;

  constructor(port: number, couponId: number, ask: Ask) {
    const type = ask === 'issue' ? 'Content-Type: application/json\r\n' : '';
    const before =
      `${asks[ask](couponId)} HTTP/1.1\r\nHost: ` + `127.0.0.1:${port}\r\n${type}Commerce-User-Id: ${USER_PREFIX}`;
    this.bytes = Buffer.from(`${before}${'0'.repeat(USER_DIGITS)}\r\n\r\n`, 'latin1');
    this.#userAt = before.length;
  }

  /** @param user of ten digits */
  of(user: number): Buffer {
    let rest = user;
    for (let digit = USER_DIGITS - 1; digit >= 0; digit--) {
      const next = Math.floor(rest / 10);
      this.bytes[this.#userAt + digit] = ZERO + (rest - next * 10);
      rest = next;
    }
    return this.bytes;
  }
}
