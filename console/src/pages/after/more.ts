// A list that is read page by page, each behind the one before it, as long as the operator asks for more.
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../../api.ts';
import { type Change, useChange, useLoad } from '../../load.ts';

/** Rows of a page. */
export const PAGE_ROWS = 50;

export interface MoreRows<Row> {
  /** undefined: not read yet. */
  readonly rows: readonly Row[] | undefined;
  readonly error: ApiError | null;
  readonly hasMore: boolean;
  readonly change: Change;
  more(): void;
  reload(): void;
}

/** @param read the rows behind this one, at most PAGE_ROWS; undefined: the first */
export function useMore<Row>(
  read: (last: Row | undefined, signal?: AbortSignal) => Promise<readonly Row[]>,
  inputs: readonly unknown[],
): MoreRows<Row> {
  const first = useLoad((signal) => read(undefined, signal), inputs);
  const [pages, setPages] = useState<readonly (readonly Row[])[]>([]);
  const change = useChange();
  useEffect(() => setPages([]), inputs);
  const newest = pages.at(-1) ?? first.data;
  return {
    rows: first.data && [...first.data, ...pages.flat()],
    error: first.error,
    hasMore: newest !== undefined && newest.length === PAGE_ROWS,
    change,
    more: () =>
      void change.run(async () => {
        const page = await read(newest?.at(-1));
        setPages((before) => [...before, page]);
      }),
    reload: () => {
      setPages([]);
      first.reload();
    },
  };
}
