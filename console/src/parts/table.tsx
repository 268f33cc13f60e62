import type { ComponentChildren } from 'preact';
import { Loading } from './notice.tsx';

export interface Column<Row> {
  readonly name: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand on the right, so that digits stand below digits. */
  readonly kind?: 'text' | 'digits' | 'wide';
}

export interface TableProps<Row> {
  /** What it lists: its name for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** undefined: not read yet. */
  readonly rows: readonly Row[] | undefined;
  readonly rowKey: (row: Row) => string | number;
  /** What is shown instead of no rows. */
  readonly empty: ComponentChildren;
  readonly rowTone?: (row: Row) => 'quiet' | undefined;
}

/** A narrow screen scrolls it sideways, with the keyboard too. */
export function Table<Row>({ label, columns, rows, rowKey, empty, rowTone }: TableProps<Row>) {
  if (rows === undefined) return <Loading />;
  if (rows.length === 0) return <>{empty}</>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="table-scroll" tabIndex={0}>
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ name, title, kind }) => (
              <th key={name} scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} class={rowTone?.(row)}>
              {columns.map(({ name, cell, kind }) => (
                <td key={name} class={kind}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
