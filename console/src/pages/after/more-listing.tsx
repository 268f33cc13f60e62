import { Button } from '../../parts/button.tsx';
import { Listing } from '../../parts/listing.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import type { TableProps } from '../../parts/table.tsx';
import { t } from '../../texts.ts';
import type { MoreRows } from './more.ts';

interface MoreListingProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly list: MoreRows<Row>;
}

/** The table of a list that is read page by page, with the button for the next page below it. */
export function MoreListing<Row>({ list, ...table }: MoreListingProps<Row>) {
  const { rows, error, hasMore, change } = list;
  return (
    <>
      <Listing {...table} rows={rows} error={error} onRetry={list.reload} />
      <ErrorNotice error={change.error} />
      {hasMore ? (
        <Button small busy={change.busy} onPress={list.more}>
          {t('after.more')}
        </Button>
      ) : null}
    </>
  );
}
