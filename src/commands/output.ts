// How commands speak: results on standard output, everything else on standard error. With --json standard output
// carries exactly one JSON object. Plain text without colours, so that it reads the same in a terminal, a file and a
// ticket.

import { visible, widthOf } from './columns.ts';

/** null: there is no such value, shown as nothing. */
export type Cell = string | number | null;

/**
 * Columns padded to their widest cell as a terminal shows it, two spaces apart; cells can't do anything to the
 * terminal. A column with numbers stands to the right, its decimals alike.
 */
export function table(rows: readonly (readonly Cell[])[]): string {
  const width = Math.max(...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, column) => alignColumn(rows.map((row) => row[column] ?? '')));
  return rows
    .map((_, index) =>
      columns
        .map((column) => column[index])
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function alignColumn(cells: readonly (string | number)[]): string[] {
  const numbers = cells.filter((cell) => typeof cell === 'number');
  const digits = numbers.every(Number.isInteger) ? 0 : 1;
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const texts = cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US', format) : visible(cell)));
  const widths = texts.map(widthOf);
  const width = Math.max(...widths);
  return texts.map((text, index) => {
    const padding = ' '.repeat(width - (widths[index] as number));
    return numbers.length > 0 ? padding + text : text + padding;
  });
}

/** `3-7, 12`: neighbouring numbers as ranges; anything else as it is. */
export function joinRanges(items: readonly (number | string)[]): string {
  const ranges: { first: number | string; last: number | string }[] = [];
  for (const item of items) {
    const open = ranges.at(-1);
    if (open && typeof open.last === 'number' && item === open.last + 1) open.last = item;
    else ranges.push({ first: item, last: item });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(object: object): void {
  process.stdout.write(`${JSON.stringify(object, null, 2)}\n`);
}

/** For people who wait; never part of the result. */
export function printProgress(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
