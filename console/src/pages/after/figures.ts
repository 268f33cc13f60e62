// The figures of a report in their order: for the page, and for a file that a spreadsheet opens.
import type { Operations } from '../../api-types.ts';

export type Report = Operations['readReport']['answer'];

export const figureNames = [
  'stock',
  'issued',
  'open',
  'used',
  'lapsed',
  'revoked',
  'pending',
  'deadLetters',
  'givenUp',
] as const;
export type FigureName = (typeof figureNames)[number];

export function figureOf({ coupon, totals }: Report, name: FigureName): number {
  return name === 'stock' ? coupon.totalStock : totals[name];
}

/** Refusals by kind, the most frequent first. */
export function refusalsOf({ refusals }: Report): { readonly kind: string; readonly count: number }[] {
  return Object.entries(refusals?.decided ?? {})
    .map(([kind, count]) => ({ kind, count }))
    .sort((a, b) => b.count - a.count);
}

/** With a BOM, so that Excel reads Korean names. @param label of a figure, in the language of the page */
export function reportCsv(report: Report, label: (name: string) => string): string {
  const { coupon, faceValue, rate } = report;
  const rows: (string | number)[][] = [
    [label('coupon'), coupon.id],
    [label('name'), coupon.name],
    [label('phase'), report.phase],
    [label('at'), report.at],
    ...figureNames.map((name) => [label(name), figureOf(report, name)]),
    ...Object.entries(faceValue ?? {}).map(([name, value]) => [label(`face-${name}`), value]),
    [label('peak'), report.peakPerSecond],
    [label('first'), report.firstIssuedAt ?? ''],
    [label('last'), report.lastIssuedAt ?? ''],
    [label('delayMean'), report.delayMs?.mean ?? ''],
    [label('delayMax'), report.delayMs?.max ?? ''],
    ...refusalsOf(report).map(({ kind, count }) => [label(`refused-${kind}`), count]),
    [label('verified'), label(report.verification.ok ? 'yes' : 'no')],
    ...(rate?.counts ?? []).map((count, step) => [timeOf(rate, step), count]),
  ];
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** When a step of the rate begins. */
function timeOf(rate: Report['rate'], step: number): string {
  if (rate === null) return '';
  return new Date(new Date(rate.from).getTime() + step * rate.stepSeconds * 1000).toISOString();
}

/** A name is text, never a formula. */
function cell(value: string | number | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
