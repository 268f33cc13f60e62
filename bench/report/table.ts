// A scenario's result as a table in the terminal: medians, with their spread if runs differ.
import type { ScenarioResult, Spread } from '../measure/run.ts';

/** A spread below this share of the median is not worth a column's width. */
const SPREAD_SHOWN = 0.05;

/** Head and rows, as text. */
export function tableOf(result: ScenarioResult): string[][] {
  const others = result.alsoCompared ?? [];
  return [
    [
      '',
      ...result.columns.map(({ title }) => title),
      ...others.map(
        (name) => `${result.columns.find((column) => column.name === name)?.title ?? name} to ${result.baseline}`,
      ),
      `to ${result.baseline}`,
    ],
    ...result.variants.map((variant) => [
      variant.name,
      ...result.columns.map(({ name, digits }) => cell(variant.figures[name], digits)),
      ...others.map((name) => ratioCell(variant.otherRatios?.[name])),
      ratioCell(variant.ratio),
    ]),
  ];
}

export function renderTable(result: ScenarioResult): string {
  return [
    `${result.name}: ${result.title}`,
    `${result.conditions}; load average ${result.loadAverage.before} before, ${result.loadAverage.after} after`,
    align(tableOf(result)),
  ].join('\n');
}

/** Columns of equal width, the first one to the left; a line under the head. */
export function align([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[0] as number) : text.padStart(widths[column] as number),
      )
      .join('  ');
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function cell(spread: Spread | undefined, digits: number): string {
  if (!spread) return '';
  const { median, least, most } = spread;
  const text = format(median, digits);
  if (most - least <= Math.abs(median) * SPREAD_SHOWN) return text;
  return `${text} (${format(least, digits)}..${format(most, digits)})`;
}

function ratioCell(ratio: Spread | undefined): string {
  return ratio ? cell(ratio, 2).replace(/^(\S+)/, '$1x') : '';
}

export function format(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
