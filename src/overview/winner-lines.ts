// Winners as text, for a spreadsheet or a program.
import type { Winner } from './winners.ts';

export const winnerFormats = ['csv', 'jsonl', 'excel'] as const;
export type WinnerFormat = (typeof winnerFormats)[number];

/** A text for each page. For `excel` see winners-excel.ts. */
export async function* winnerLines(
  pages: AsyncIterable<Winner[]>,
  format: Exclude<WinnerFormat, 'excel'>,
): AsyncGenerator<string> {
  if (format === 'csv') yield 'sequence,userId,state,issuedAt,persistedAt\n';
  for await (const page of pages) yield page.map(format === 'csv' ? csvLine : jsonLine).join('');
}

function csvLine({ sequence, userId, state, issuedAt, persistedAt }: Winner): string {
  return `${sequence},${userId},${state},${issuedAt?.toISOString() ?? ''},${persistedAt?.toISOString() ?? ''}\n`;
}

function jsonLine({ sequence, userId, state, issuedAt, persistedAt }: Winner): string {
  return `${JSON.stringify({ sequence, userId, state, issuedAt, persistedAt })}\n`;
}
