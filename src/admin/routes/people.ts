// Who was issued a coupon.
import { MoveRefused } from '../../coupons/move.ts';
import { type WinnerFormat, winnerLines } from '../../overview/winner-lines.ts';
import { readWinners, type WinnerRange } from '../../overview/winners.ts';
import { excelLines, isTimeZone } from '../../overview/winners-excel.ts';
import * as answers from '../answer-schemas.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../schemas.ts';
import { findCoupon } from './coupons.ts';

const mediaTypes: Readonly<Record<WinnerFormat, string>> = {
  csv: 'text/csv',
  jsonl: 'application/x-ndjson',
  excel: 'text/csv',
};

export const peopleRoutes: readonly AdminRoute[] = [
  route<undefined, WinnerRange & { format: WinnerFormat; timeZone: string }>({
    method: 'GET',
    path: '/admin/v1/coupons/{couponId}/winners',
    operationId: 'listWinners',
    summary: 'Everybody who was issued a coupon, by sequence',
    description:
      'Sent as it is read. state: ISSUED, REVOKED, USED, CANCELLED ' +
      'or EXPIRED in MySQL; PENDING on its way there; DEAD if ' +
      'MySQL refused it; RESOLVED if that was given up. If reading ' +
      'fails, the connection breaks: a list that ends is complete.',
    query: schemas.winnersQuery,
    answer: answers.winnerLines,
    mediaTypes: [...new Set(Object.values(mediaTypes))],
    problems: ['NOT_FOUND_COUPON', 'VALIDATION_FAILED', 'OVERLOADED'],
    async handle(servers, { couponId, query: { format, timeZone, ...range } }) {
      const coupon = await findCoupon(servers, couponId);
      if (!isTimeZone(timeZone)) throw new MoveRefused('VALIDATION_FAILED', `There is no time zone ${timeZone}`);
      const lines =
        format === 'excel'
          ? excelLines(servers, coupon, timeZone, range)
          : winnerLines(readWinners(servers.redis, servers.database, couponId, range), format);
      return { body: lines, mediaType: `${mediaTypes[format]}; charset=utf-8` };
    },
  }),
];
