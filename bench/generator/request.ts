// The bytes of one issue request, made once for each connection: only the ten digits of its user change. With
// USER_ID_TYPE=text the user is a UUID that ends with them.
import { userIdType } from '../../src/user-id.ts';

const ZERO = 48;
export const USER_DIGITS = 10;
export const USER_PREFIX = userIdType === 'text' ? '0b9f7c9e-2d64-4b8a-9d0e-5f' : '';

export class IssueRequestBytes {
  readonly bytes: Buffer;
  readonly #userAt: number;

  constructor(port: number, couponId: number) {
    const before =
      `POST /api/v2/me/coupons/${couponId}/issue HTTP/1.1\r\nHost: ` +
      `127.0.0.1:${port}\r\nContent-Type: application/json\r\nCommerce-User-Id: ${USER_PREFIX}`;
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
