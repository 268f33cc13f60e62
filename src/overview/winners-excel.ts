// Winners for a spreadsheet: what Excel opens by a double click. It has a BOM (else Excel takes UTF-8 for something
// older) and CRLF. Times are in Excel's form and in the reader's zone. Ids are text (else Excel keeps 15 of their
// digits). Each row has what its winner was promised.

import type { Coupon } from '../store/tables/coupons.ts';
import { readPromises } from '../store/tables/holders.ts';
import { readRevocations } from '../store/tables/revocations.ts';
import type { Stores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';
import { readWinners, type Winner, type WinnerRange } from './winners.ts';

const HEADS = [
  'sequence',
  'userId',
  'state',
  'coupon',
  'discount',
  'issuedAt',
  'persistedAt',
  'expiresAt',
  'revokedAt',
];
const REVOCATIONS_A_QUERY = 2000;

export function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

/** A text for each page. @param timeZone an IANA name */
export async function* excelLines(
  stores: Stores,
  coupon: Coupon,
  timeZone: string,
  range?: WinnerRange,
): AsyncGenerator<string> {
  const time = localTime(timeZone);
  const heads = HEADS.map((head) => (head.endsWith('At') ? `${head} (${timeZone})` : head));
  yield `\ufeff${[...heads, 'reason'].map(cell).join(',')}\r\n`;
  for await (const page of readWinners(stores.redis, stores.database, coupon.id, range)) {
    const promises = await promisesOf(stores, coupon, page);
    const revocations = await revocationsOf(stores, coupon.id, page);
    yield page
      .map((winner) => {
        const { name, discountType, discountAmount, expiredAt } = promises.get(winner.sequence) ?? coupon;
        const revocation = revocations.get(winner.userId);
        const cells = [
          String(winner.sequence),
          `"=""${winner.userId}"""`,
          winner.state,
          cell(name),
          discountType === 'PERCENT' ? `${discountAmount}%` : String(discountAmount),
          time(winner.issuedAt),
          time(winner.persistedAt),
          time(expiredAt),
          time(revocation?.at ?? null),
          cell(revocation?.reason ?? ''),
        ];
        return `${cells.join(',')}\r\n`;
      })
      .join('');
  }
}

function promisesOf({ database }: Stores, coupon: Coupon, page: readonly Winner[]) {
  const [first, last] = [page[0]?.sequence ?? 0, page.at(-1)?.sequence ?? 0];
  return readPromises(database, coupon.id, first, last);
}

async function revocationsOf({ database }: Stores, couponId: number, page: readonly Winner[]) {
  const users = page.filter(({ state }) => state === 'REVOKED').map(({ userId }) => userId);
  const found = new Map<UserKey, { readonly at: Date; readonly reason: string | null }>();
  for (let start = 0; start < users.length; start += REVOCATIONS_A_QUERY) {
    const part = await readRevocations(database, couponId, users.slice(start, start + REVOCATIONS_A_QUERY));
    for (const [user, revocation] of part) found.set(user, revocation);
  }
  return found;
}

/** Text of a person: quoted, and never a formula. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** `2026-05-01 12:00:00`. */
function localTime(timeZone: string): (time: Date | null) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    ...({ year: 'numeric', month: '2-digit', day: '2-digit' } as const),
    ...({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const),
  });
  return (time) => (time === null ? '' : format.format(time));
}
