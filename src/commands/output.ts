// How commands speak: results on standard output, everything else on standard error. With --json standard output carries
// exactly one JSON object. Plain text without colours, so that it reads the same in a terminal, a file and a ticket.

export type Cell = string | number | null;

/** Columns padded to their widest cell, two spaces apart; numbers to the right, with separators of thousands. */
export function table(rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(textOf));
  const columns = Math.max(...texts.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...texts.map((row) => row[column]?.length ?? 0)),
  );
  return texts
    .map((row, index) =>
      row
        .map((text, column) => {
          const width = widths[column] as number;
          return typeof rows[index]?.[column] === 'number' ? text.padStart(width) : text.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function textOf(cell: Cell): string {
  if (cell === null) return '-';
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : cell;
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
