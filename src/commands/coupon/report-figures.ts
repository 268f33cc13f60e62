// A report's figures with their labels, for text and page alike.
import type { Report } from '../../overview/report.ts';
import type { Verification } from '../../verify/verify.ts';
import type { Json } from '../admin-client.ts';
import type { Cell } from '../output.ts';

/** As the admin API answers. */
export type EventReport = Json<Report> & { readonly verification: Verification };

export function figuresOf({
  coupon,
  totals,
  peakPerSecond,
  delayMs,
  firstIssuedAt,
  lastIssuedAt,
}: EventReport): Cell[][] {
  return [
    ['stock', coupon.totalStock],
    ['issued', totals.issued],
    ['open', totals.open],
    ['used', totals.used],
    ['cancelled or expired', totals.lapsed],
    ['revoked', totals.revoked],
    ['on their way to MySQL', totals.pending],
    ['dead letters', totals.deadLetters],
    ['dead letters that were given up', totals.givenUp],
    ['most in a second', peakPerSecond],
    ['first', firstIssuedAt],
    ['last', lastIssuedAt],
    ...(delayMs
      ? [
          ['written to MySQL after, ms (mean)', delayMs.mean],
          ['written to MySQL after, ms (most)', delayMs.max],
        ]
      : []),
  ];
}

export function refusalsOf({ refusals }: EventReport): Cell[][] {
  if (!refusals) return [['refusals', 'not known: no running server of this installation has counted them']];
  const label = (name: string) => name.replaceAll('_', ' ');
  return [
    ['refused since the start of the server', 'times'],
    ...Object.entries(refusals.decided).map(([name, count]): Cell[] => [label(name), count]),
    ...Object.entries(refusals.answeredByWorkers).map(([name, count]): Cell[] => [
      `${label(name)}, of all coupons, without asking Redis`,
      count,
    ]),
  ];
}
