import { useState } from 'preact/hooks';
import { useLoad } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { Empty, ErrorNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { t } from '../../texts.ts';
import { CouponTable } from './coupon-table.tsx';
import { listFinished, PAGE_SIZE } from './listed.ts';

/** What is over, newest first, a page at a time. @param revision changes when one may have been closed or archived */
export function Finished({ revision }: { readonly revision: string }) {
  // Where each page so far began, so that one can go back.
  const [starts, setStarts] = useState<readonly (number | null)[]>([null]);
  const before = starts.at(-1) ?? null;
  const page = useLoad((signal) => listFinished(before, signal), [before, revision]);
  const next = page.data?.before ?? null;
  return (
    <Panel title={t('events.finished')}>
      <ErrorNotice error={page.error} onRetry={page.reload} />
      <CouponTable
        label={t('events.finished')}
        coupons={page.data?.coupons ?? (page.error ? [] : undefined)}
        empty={page.error ? null : <Empty title={t('events.nothingFinished')}>{t('events.nothingFinishedText')}</Empty>}
      />
      {starts.length > 1 || next !== null ? (
        <div class="pager">
          <Button
            small
            unless={starts.length > 1 ? null : t('events.firstPage')}
            onPress={() => setStarts(starts.slice(0, -1))}
          >
            {t('events.newer')}
          </Button>
          <span class="muted">
            {t('events.page', {
              from: (starts.length - 1) * PAGE_SIZE + 1,
              to: (starts.length - 1) * PAGE_SIZE + (page.data?.coupons.length ?? 0),
            })}
          </span>
          <Button
            small
            unless={next === null ? t('events.lastPage') : null}
            onPress={() => setStarts([...starts, next])}
          >
            {t('events.older')}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
