import type { ApiError } from '../api.ts';
import { ErrorNotice } from './notice.tsx';
import { Table, type TableProps } from './table.tsx';

interface ListingProps<Row> extends TableProps<Row> {
  readonly error: ApiError | null;
  readonly onRetry: () => void;
}

/** A table of what was read. What went wrong stands above the rows that were read before, or in their place. */
export function Listing<Row>({ error, onRetry, ...table }: ListingProps<Row>) {
  return (
    <>
      <ErrorNotice error={error} onRetry={onRetry} />
      {error && !table.rows?.length ? null : <Table {...table} />}
    </>
  );
}
